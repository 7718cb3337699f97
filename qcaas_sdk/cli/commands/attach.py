"""`qcaas attach`: go on with a task that exists at the service, however it got there."""

from pathlib import Path
from typing import Annotated

from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.completing import task_ids
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, fail, finish, present
from qcaas_sdk.cli.lookup import connect, looked_up, new_journal
from qcaas_sdk.cli.options import AsJson, Timeout, TokenFile, Url
from qcaas_sdk.cli.overview import remove_if_empty
from qcaas_sdk.cli.running import Ran, TimeLimit, say_how_to_continue, until_ended
from qcaas_sdk.cli.screen import Screen


def attach(
    task: Annotated[str, Argument(metavar="TASK", completes=task_ids, help="The ID of the task at the service.")],
    qpu: Annotated[str | None, Option(help="Its QPU. Default: the only one, or any with API v4.")] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Wait for a task that another program submitted, and show its counts. Nothing is submitted.

    The task becomes a job of a new campaign. If one of your campaigns has it, that one is continued.
    """
    known = looked_up(lambda: campaigns.with_task(task))
    if known is not None and known.embedded:
        fail(USAGE, f"{task} is in {known.name}, on the embedded QPU: see `qcaas show {task}`")
    connection = connect(url or (known.state.service if known is not None else None), token_file)
    if connection.url is None:
        fail(USAGE, "the service that has the task is not known: set OQC_URL, or pass --url")
    screen = Screen(quiet=as_json)
    path = new_journal() if known is None else known.path
    try:
        work = attached(connection, path, task, qpu_id=qpu, timeout_s=timeout, screen=screen)
        present(finish(work), screen, as_json=as_json)
    finally:
        remove_if_empty(path)
        say_how_to_continue(path, screen)


async def attached(
    connection: Connection,
    journal: Path,
    task_id: str,
    *,
    qpu_id: str | None,
    timeout_s: float | None,
    screen: Screen,
) -> list[Ran]:
    """Attach a task and wait for its end.

    Args:
        connection: The service.
        journal: The journal of the job.
        task_id: The task.
        qpu_id: Its QPU; None for the only one.
        timeout_s: Time limit for everything, in seconds; None for no limit.
        screen: Where transitions are shown.

    Raises:
        UnknownTask: The service has no such task.
        UnknownProgram: The id is only reserved.
        QcaasError: The service cannot be used.
    """
    limit = TimeLimit(timeout_s)
    async with limit.opened(connection, journal, screen) as sdk:
        async with limit.preparing(connection):
            job = await sdk.attach(task_id, qpu_id)
        return await until_ended([(task_id, job)], lambda job: job.wait(limit.left_s), screen, connection, journal)
