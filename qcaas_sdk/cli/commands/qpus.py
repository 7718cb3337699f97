"""`qcaas qpus`: list the QPUs."""

from typing import Any

from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import echo_json, finish
from qcaas_sdk.cli.lookup import connect
from qcaas_sdk.cli.options import AsJson, TokenFile, Url
from qcaas_sdk.cli.running import TimeLimit
from qcaas_sdk.cli.screen import Screen


def qpus(as_json: AsJson = False, url: Url = None, token_file: TokenFile = None) -> None:
    """List the QPUs that you can use."""

    async def listed(connection: Connection) -> list[dict[str, Any]]:
        async with TimeLimit(None).opened(connection, None, screen) as sdk:
            return await sdk.list_qpus()

    connection = connect(url, token_file)
    screen = Screen(quiet=as_json)
    screen.say(f"on {connection.where}")
    found = finish(listed(connection))
    if as_json:
        echo_json(found)
    else:
        screen.qpus(found)
