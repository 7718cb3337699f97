"""`qcaas jobs`: list campaigns, or the jobs of one campaign."""

from typing import Annotated

import typer

from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.ending import echo_json
from qcaas_sdk.cli.lookup import looked_up, readable
from qcaas_sdk.cli.options import AsJson
from qcaas_sdk.cli.screen import Screen


def jobs(
    campaign: Annotated[str | None, typer.Argument(help="A campaign: list each of its jobs.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the campaigns, or the jobs of one campaign. You can use it while they run."""
    screen = Screen(quiet=as_json)
    if campaign is not None:
        found = [looked_up(lambda: campaigns.opened(campaign))]
    else:
        found = [one for path in campaigns.campaigns() if (one := readable(path)) is not None]
    if as_json:
        echo_json([one.document() for one in found])
    elif campaign is not None:
        screen.jobs(found[0])
    elif found:
        screen.campaigns(found)
    else:
        screen.say(f"no campaigns in {campaigns.folder()}; `qcaas run FILE` creates one")
