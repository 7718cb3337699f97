"""`qcaas whoami`: who is signed in."""

import click

from qcaas_sdk.cli.ending import CREDENTIAL, echo_json, fail
from qcaas_sdk.cli.lookup import looked_up
from qcaas_sdk.cli.options import AsJson
from qcaas_sdk.cli.sign_in import credential_to_use, document, sentence


def whoami(as_json: AsJson = False) -> None:
    """Show who is signed in, as far as this machine knows. No request is sent."""
    credential = credential_to_use()
    who = looked_up(credential.whoami)
    if who is None:
        fail(CREDENTIAL, f"nobody is signed in at {credential.issuer}; run `qcaas login`")
    if as_json:
        echo_json(document(who))
    else:
        click.echo(sentence(who))
