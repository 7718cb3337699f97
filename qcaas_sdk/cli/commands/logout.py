"""`qcaas logout`: forget the tokens, and revoke them."""

import click

from qcaas_sdk._oidc import provider_session
from qcaas_sdk.cli.ending import finish
from qcaas_sdk.cli.sign_in import credential_to_use


def logout() -> None:
    """Forget the tokens on this machine, and revoke them at the provider."""
    credential = credential_to_use()

    async def signed_out() -> bool:
        async with provider_session(credential) as post:
            return await credential.sign_out(post)

    done = finish(signed_out())
    click.echo(f"signed out of {credential.issuer}" if done else f"nobody was signed in at {credential.issuer}")
