"""`qcaas show`: everything about one job."""

from typing import Annotated

from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument
from qcaas_sdk.cli.completing import job_names
from qcaas_sdk.cli.ending import echo_json
from qcaas_sdk.cli.lookup import looked_up
from qcaas_sdk.cli.options import AsJson
from qcaas_sdk.cli.overview import how_to_continue, overview
from qcaas_sdk.cli.screen import Screen


def show(
    job: Annotated[
        str,
        Argument(completes=job_names, help="CAMPAIGN/NUMBER as `qcaas jobs` lists it, a task ID, or a name."),
    ],
    as_json: AsJson = False,
) -> None:
    """Show everything about one job: its state, its transitions, its results or errors."""
    campaign, number, record = looked_up(lambda: campaigns.job_in(job))
    if as_json:
        echo_json(campaign.job_document(number))
    else:
        screen = Screen()
        screen.job(campaign, number, record)
        if not record.ended:
            screen.hint(how_to_continue([overview(campaign.path)]))
