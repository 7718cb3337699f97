"""`qcaas cancel`: cancel the unfinished jobs of a campaign, or one job."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from qcaas_sdk import Job, JobState, QcaasError
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument
from qcaas_sdk.cli.completing import campaigns_and_jobs
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import finish, give_up, present
from qcaas_sdk.cli.lookup import campaign_at_its_service, looked_up
from qcaas_sdk.cli.options import AsJson, TokenFile, Url
from qcaas_sdk.cli.running import Ran, TimeLimit, unfinished_jobs, until_ended
from qcaas_sdk.cli.screen import Screen


def cancel(
    target: Annotated[
        str,
        Argument(
            completes=campaigns_and_jobs,
            metavar="CAMPAIGN|JOB",
            help="A campaign, or a job as `qcaas show` takes it.",
        ),
    ],
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Cancel a campaign's unfinished jobs, or one job. A job that has finished keeps its result."""
    only = None
    try:
        name = str(campaigns.path_of(target))
    except campaigns.UnknownCampaign:
        owner, only, _ = looked_up(lambda: campaigns.job_in(target))
        name = str(owner.path)
    except QcaasError as error:
        give_up(error)
    connection, chosen = campaign_at_its_service(name, url, token_file)
    screen = Screen(quiet=as_json)
    ran = finish(cancel_jobs(connection, chosen.path, chosen.state.labels, only=only, screen=screen))
    if not ran:
        screen.say(
            f"nothing to cancel: all jobs of {chosen.name} have ended"
            if only is None
            else f"nothing to cancel: job {campaigns.name_of(chosen.path)}/{only - 1} has ended"
        )
    present(ran, screen, as_json=as_json, wanted=JobState.CANCELLED)


async def cancel_jobs(
    connection: Connection, journal: Path, labels: Mapping[int, str], *, only: int | None, screen: Screen
) -> list[Ran]:
    """Cancel the jobs of a journal that have not ended, or one of them.

    Args:
        connection: The service.
        journal: The journal.
        labels: The names of the jobs' programs, by number.
        only: The number of the job to cancel; None for all.
        screen: Where transitions are shown.

    Raises:
        JournalError: The journal cannot be used.
        QcaasError: The service cannot be used.
    """
    async with TimeLimit(None).opened(connection, journal, screen) as sdk:
        unfinished = unfinished_jobs(sdk)
        chosen = unfinished if only is None else {number: unfinished[number] for number in {only} & unfinished.keys()}
        jobs = [(labels.get(number, f"job {number}"), job) for number, job in chosen.items()]
        return await until_ended(jobs, Job.cancel, screen, connection, journal)
