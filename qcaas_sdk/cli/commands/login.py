"""`qcaas login`: sign in."""

from typing import Annotated

import click

from qcaas_sdk._oidc import Identity, credential_from_env, provider_session
from qcaas_sdk.cli.command_parameters import Option
from qcaas_sdk.cli.ending import finish, tell
from qcaas_sdk.cli.sign_in import credential_to_use, sentence


def login(
    again: Annotated[bool, Option("--again", help="Sign out first, for example to change the user.")] = False,
) -> None:
    """Sign in at the provider that the environment names (OQC_KEYCLOAK_…, OQC_ENTRA_… or OQC_OIDC_…)."""
    credential = credential_to_use()

    async def signed_in() -> Identity:
        async with provider_session(credential) as post:
            if again:
                await credential.sign_out(post)
            return await credential.sign_in(post)

    click.echo(f"signed in: {sentence(finish(signed_in()))}")
    if credential_from_env() is None:
        tell("OQC_AUTHENTICATION_TOKEN is set, and used instead of this sign-in: unset it, or set OQC_QCAAS_V4=1")
