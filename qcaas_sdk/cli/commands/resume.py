"""`qcaas resume`: continue the unfinished jobs of a campaign."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from qcaas_sdk.cli.command_parameters import Argument
from qcaas_sdk.cli.completing import campaign_names
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import finish, present
from qcaas_sdk.cli.lookup import campaign_at_its_service
from qcaas_sdk.cli.options import AsJson, Timeout, TokenFile, Url
from qcaas_sdk.cli.running import Ran, TimeLimit, say_how_to_continue, unfinished_jobs, until_ended
from qcaas_sdk.cli.screen import Screen


def resume(
    campaign: Annotated[
        str | None,
        Argument(
            completes=campaign_names,
            help="A campaign or a journal file. Default: the newest unfinished campaign.",
        ),
    ] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Continue a campaign's unfinished jobs. No task is submitted twice."""
    connection, chosen = campaign_at_its_service(campaign, url, token_file)
    screen = Screen(quiet=as_json)
    work = resume_jobs(connection, chosen.path, chosen.state.labels, timeout_s=timeout, screen=screen)
    try:
        present(finish(work), screen, as_json=as_json)
    finally:
        say_how_to_continue(chosen.path, screen)


async def resume_jobs(
    connection: Connection, journal: Path, labels: Mapping[int, str], *, timeout_s: float | None, screen: Screen
) -> list[Ran]:
    """Continue the jobs of a journal that have not ended.

    Args:
        connection: The service.
        journal: The journal.
        labels: The names of the jobs' programs, by number.
        timeout_s: Time limit for everything, in seconds; None for no limit.
        screen: Where transitions are shown.

    Raises:
        JournalError: The journal cannot be used.
        QcaasError: The service cannot be used.
    """
    limit = TimeLimit(timeout_s)
    async with limit.opened(connection, journal, screen) as sdk:
        jobs = [(labels.get(number, f"job {number}"), job) for number, job in unfinished_jobs(sdk).items()]
        return await until_ended(jobs, lambda job: job.wait(limit.left_s), screen, connection, journal)
