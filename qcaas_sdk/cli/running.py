"""What `qcaas run`, `resume` and `cancel` share: drive jobs until they end, and report what is left."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from qcaas_sdk import Job, JobTimeout, OqcSdk, QcaasError, ServerUnavailable, UnknownQpu
from qcaas_sdk._journal import EMBEDDED
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.job_json import JobPlace, job_document
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.silence import silence_told
from qcaas_sdk.job import record_of_job


@frozen
class Ran:
    """A program's job, after its run.

    Attributes:
        name: The program's name.
        job: Its job.
        exception: The error that stopped the SDK before the job ended, or None.
        place: Where the job is kept; None without a journal.
    """

    name: str
    job: Job
    exception: QcaasError | None
    place: JobPlace | None

    def document(self) -> dict[str, Any]:
        """Everything as JSON, for scripts."""
        return job_document(record_of_job(self.job), self.place, self.name, self.exception)


class TimeLimit:
    """A time limit for a whole command. It starts when this object is made."""

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._end = None if timeout_s is None else asyncio.get_running_loop().time() + timeout_s

    @property
    def left_s(self) -> float | None:
        """The seconds that are left; None for no limit."""
        return None if self._end is None else max(0.0, self._end - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def opened(self, connection: Connection, journal: Path | None, screen: Screen) -> AsyncIterator[OqcSdk]:
        """An open SDK; it is closed at the end of the block. The screen says if the service does not answer."""
        sdk = connection.sdk(journal)
        async with silence_told(sdk, screen, None if connection.url is None else journal):
            await sdk.open(timeout_s=None if connection.url is None else self.left_s)
            try:
                yield sdk
            finally:
                await sdk.close()

    @asynccontextmanager
    async def preparing(self, connection: Connection) -> AsyncIterator[None]:
        """Limit the requests before there are jobs. The embedded QPU has no limit here.

        Raises:
            ServerUnavailable: The time limit is reached.
        """
        try:
            async with asyncio.timeout(None if connection.url is None else self.left_s):
                yield
        except TimeoutError as error:
            if isinstance(error, QcaasError):
                raise
            raise ServerUnavailable(
                f"{connection.where}: no answer within the time limit of {self._timeout_s:g} s; nothing was "
                "submitted. Try again, or pass a longer --timeout",
                may_have_arrived=False,
            ) from None


async def chosen_qpu(sdk: OqcSdk, wanted: str | None) -> str:
    """The ID of the QPU that is meant.

    Args:
        sdk: An open SDK.
        wanted: The ID that the user named; None for the only QPU.

    Raises:
        UnknownQpu: The QPU does not exist, or there are several and none is named.
    """
    ids = [str(qpu["id"]) for qpu in await sdk.list_qpus()]
    if wanted in ids:
        return wanted
    if wanted is None and len(ids) == 1:
        return ids[0]
    if not ids:
        raise UnknownQpu("no QPU is active for this account now; try again later")
    problem = "several QPUs are active" if wanted is None else f"QPU {wanted!r} is not active for this account"
    raise UnknownQpu(f"{problem}; pass --qpu with one of: {', '.join(ids)}")


def unfinished_jobs(sdk: OqcSdk) -> dict[int, Job]:
    """The jobs of the SDK's journal that have not ended, those of composites too, by their numbers."""
    found = {}
    for top in sdk.recover():
        for job in [top] if isinstance(top, Job) else top.leaves():
            number = record_of_job(job).writer.entity_id
            if number is not None and not job.ended:
                found[number] = job
    return found


async def until_ended(
    jobs: Sequence[tuple[str, Job]],
    call: Callable[[Job], Coroutine[Any, Any, object]],
    screen: Screen,
    connection: Connection,
    journal: Path | None,
) -> list[Ran]:
    """Call `call` on every job at once, and show their transitions."""
    with screen.live(jobs) as show:
        for _, job in jobs:
            job.observe(show)
        errors = await asyncio.gather(*(_error_of(call, job) for _, job in jobs))

    def place(job: Job) -> JobPlace | None:
        number = record_of_job(job).writer.entity_id
        if journal is None or number is None:
            return None
        return JobPlace(campaigns.name_of(journal), journal, number, connection.url or EMBEDDED)

    return [Ran(name, job, error, place(job)) for (name, job), error in zip(jobs, errors, strict=True)]


async def _error_of(call: Callable[[Job], Coroutine[Any, Any, object]], job: Job) -> QcaasError | None:
    try:
        await call(job)  # called here: if Ctrl-C comes before the first step, there is no coroutine to await
    except JobTimeout:
        return JobTimeout("the job did not end within the time limit; its task was not cancelled", job)
    except QcaasError as error:
        return error
    return None


def say_how_to_continue(path: Path, screen: Screen) -> None:
    """Print where the journal is and, if jobs are left, how to continue."""
    try:
        campaign = campaigns.opened(str(path))
    except QcaasError:  # the journal was never written, or its own error is reported already
        return
    screen.say(f"journal: {path}")
    if campaign.unfinished:
        note = "" if campaign.embedded else "; submitted tasks continue on the service"
        screen.say(f"{campaign.unfinished_text}{note}")
        screen.hint(campaign.next_step)
