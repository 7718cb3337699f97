"""`qcaas run`, `resume` and `cancel`: jobs to their ends, live."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from qcaas_sdk import Job, JobTimeout, OqcSdk, QcaasError, ServerUnavailable, UnknownQpu
from qcaas_sdk._programs.config import Config
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.screen import MAX_NAMED, Screen
from qcaas_sdk.job import record_of_job


@frozen
class Ran:
    """A program's job, after its run.

    Attributes:
        name: What the program was called.
        job: Its job.
        exception: The error that kept the job from ending, if there was one.
    """

    name: str
    job: Job
    exception: QcaasError | None

    def document(self) -> dict[str, Any]:
        """All of it as JSON, for scripts."""
        job, error = self.job, self.job.error
        return {
            "file": self.name,
            "state": job.state.value,
            "qpu_id": job.qpu_id,
            "task_id": job.task_id,
            "result": job.result.data if job.result is not None else None,
            "error": {"code": error.error_code, "message": error.error_message} if error is not None else None,
            "exception": str(self.exception) if self.exception is not None else None,
            "transitions": [
                {"from": event.source, "to": event.target, "at": event.at.isoformat(), "reason": event.reason}
                for event in job.transitions
            ],
        }


async def run(
    connection: Connection,
    programs: Sequence[tuple[str, str]],
    *,
    shots: int | None,
    qpu_id: str | None,
    timeout_s: float | None,
    journal: Path | None,
    screen: Screen,
) -> list[Ran]:
    """Run every program as a job of its own, all at once.

    Args:
        connection: The service.
        programs: Names and texts.
        shots: How often each runs; None for the service's default.
        qpu_id: The QPU; None for the default, or the only one there is.
        timeout_s: Seconds over everything; None for no limit.
        journal: Where the jobs are written down; None for nowhere.
        screen: Where states are shown as they pass.

    Raises:
        UnknownQpu: There is no such QPU, or there are several and none was named.
        QcaasError: The service cannot be used at all.
    """
    screen.say(f"on {connection.where}")
    limit = _TimeLimit(timeout_s)
    async with limit.opened(connection, journal) as sdk:
        async with limit.preparing(connection):
            qpu_id = await _choose_qpu(sdk, qpu_id or sdk.default_qpu_id)
        config = _config(shots) if shots is not None else None
        # Unchecked: what is wrong with one file is told at its line, by the service, and the others run.
        jobs = [
            (name, sdk.create_job(program=text, qpu_id=qpu_id, config=config, check=False)) for name, text in programs
        ]
        for name, job in jobs:
            record_of_job(job).writer.label(name)
        try:
            return await _to_their_ends(jobs, lambda job: job.wait(limit.left_s), screen)
        finally:
            if connection.url is not None:
                _name_those_under_way(jobs, screen)


async def resume(
    connection: Connection, journal: Path, labels: Mapping[int, str], *, timeout_s: float | None, screen: Screen
) -> list[Ran]:
    """Go on with the jobs of a journal that have not ended.

    Args:
        connection: The service.
        journal: The journal.
        labels: What the jobs' programs were called, by number.
        timeout_s: Seconds over everything; None for no limit.
        screen: Where states are shown as they pass.

    Raises:
        JournalError: The journal cannot be used.
        QcaasError: The service cannot be used at all.
    """
    limit = _TimeLimit(timeout_s)
    async with limit.opened(connection, journal) as sdk:
        jobs = [(labels.get(number, f"job {number}"), job) for number, job in _unfinished(sdk).items()]
        return await _to_their_ends(jobs, lambda job: job.wait(limit.left_s), screen)


async def cancel(
    connection: Connection, journal: Path, labels: Mapping[int, str], *, only: int | None, screen: Screen
) -> list[Ran]:
    """Cancel the jobs of a journal that have not ended, or one of them.

    Args:
        connection: The service.
        journal: The journal.
        labels: What the jobs' programs were called, by number.
        only: The number of the one that is meant; None for all.
        screen: Where states are shown as they pass.

    Raises:
        JournalError: The journal cannot be used.
        QcaasError: The service cannot be used at all.
    """
    async with connection.sdk(journal) as sdk:
        unfinished = _unfinished(sdk)
        chosen = unfinished if only is None else {number: unfinished[number] for number in {only} & unfinished.keys()}
        jobs = [(labels.get(number, f"job {number}"), job) for number, job in chosen.items()]
        return await _to_their_ends(jobs, Job.cancel, screen)


class _TimeLimit:
    """The seconds that a command may take in all, from now on."""

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._end = None if timeout_s is None else asyncio.get_running_loop().time() + timeout_s

    @property
    def left_s(self) -> float | None:
        """What is left of them; None for no limit."""
        return None if self._end is None else max(0.0, self._end - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def opened(self, connection: Connection, journal: Path | None) -> AsyncIterator[OqcSdk]:
        """An open SDK, closed in the end."""
        sdk = connection.sdk(journal)
        await sdk.open(timeout_s=None if connection.url is None else self.left_s)
        try:
            yield sdk
        finally:
            await sdk.close()

    @asynccontextmanager
    async def preparing(self, connection: Connection) -> AsyncIterator[None]:
        """What has to be asked before there are jobs; the embedded QPU is not limited there.

        Raises:
            ServerUnavailable: The time was up first.
        """
        try:
            async with asyncio.timeout(None if connection.url is None else self.left_s):
                yield
        except TimeoutError as error:
            if isinstance(error, QcaasError):
                raise
            raise ServerUnavailable(
                f"{connection.where}: no answer within the {self._timeout_s:g} s given; nothing was submitted",
                may_have_arrived=False,
            ) from None


def _unfinished(sdk: OqcSdk) -> dict[int, Job]:
    """The jobs themselves, those of composites too, by their numbers in the journal."""
    found = {}
    for top in sdk.recover():
        for job in [top] if isinstance(top, Job) else top.leaves():
            number = record_of_job(job).writer.entity_id
            if number is not None and not job.ended:
                found[number] = job
    return found


async def _to_their_ends(
    jobs: Sequence[tuple[str, Job]], way: Callable[[Job], Coroutine[Any, Any, object]], screen: Screen
) -> list[Ran]:
    with screen.live(jobs) as moved:
        for _, job in jobs:
            job.observe(moved)
        exceptions = await asyncio.gather(*(_exception_of(way(job), job) for _, job in jobs))
    return [Ran(name, job, exception) for (name, job), exception in zip(jobs, exceptions, strict=True)]


async def _exception_of(work: Coroutine[Any, Any, object], job: Job) -> QcaasError | None:
    try:
        await work
    except JobTimeout:
        return JobTimeout("did not end within the time given; nothing was cancelled", job)
    except QcaasError as exception:
        return exception
    return None


def _name_those_under_way(jobs: Sequence[tuple[str, Job]], screen: Screen) -> None:
    under_way = [(name, job.task_id) for name, job in jobs if job.task_id is not None and not job.ended]
    for name, task_id in under_way[:MAX_NAMED]:
        screen.say(f"{name}: task {task_id} may go on at the service")
    if len(under_way) > MAX_NAMED:
        screen.say(f"and {len(under_way) - MAX_NAMED} more")


async def _choose_qpu(sdk: OqcSdk, wanted: str | None) -> str:
    ids = [str(qpu["id"]) for qpu in await sdk.list_qpus()]
    if wanted in ids:
        return wanted
    if wanted is None and len(ids) == 1:
        return ids[0]
    problem = "several QPUs are active" if wanted is None else f"no QPU {wanted!r} is active for this account"
    raise UnknownQpu(f"{problem}: pass --qpu with one of: {', '.join(ids) or '(none is active now)'}")


def _config(shots: int) -> Config:
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    config: Config = CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count())
    return config
