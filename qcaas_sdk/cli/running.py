"""`qcaas run`: programs to jobs, jobs to their ends, live."""

import asyncio
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from qcaas_sdk import Job, JobTimeout, OqcSdk, QcaasError, UnknownQpu
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.program import Config


@frozen
class Ran:
    """A program's job, after its run.

    Attributes:
        name: What the program was called.
        job: Its job.
        trouble: What kept the job from ending, if anything did.
    """

    name: str
    job: Job
    trouble: QcaasError | None

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
            "trouble": str(self.trouble) if self.trouble is not None else None,
            "transitions": [
                {"from": event.source, "to": event.target, "at": event.at.isoformat(), "why": event.why}
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
    screen: Screen,
) -> list[Ran]:
    """Run every program as a job of its own, all at once.

    Args:
        connection: The service.
        programs: Names and texts.
        shots: How often each runs; None for the service's default.
        qpu_id: The QPU; None for the default, or the only one there is.
        timeout_s: Seconds over everything; None for no limit.
        screen: Where states are shown as they pass.

    Raises:
        UnknownQpu: There is no such QPU, or there are several and none was named.
        QcaasError: The service cannot be used at all.
    """
    screen.say(f"on {connection.where}")
    clock = asyncio.get_running_loop().time
    begin = clock()
    async with connection.sdk() as sdk:
        qpu_id = await _choose_qpu(sdk, qpu_id or sdk.default_qpu_id)
        config = _config(shots) if shots is not None else None
        jobs = [(name, sdk.create_job(program=text, qpu_id=qpu_id, config=config)) for name, text in programs]
        with screen.live(jobs) as moved:
            for _, job in jobs:
                job.observe(moved)
            left_s = None if timeout_s is None else max(0.0, timeout_s - (clock() - begin))
            try:
                troubles = await asyncio.gather(*(_execute(job, left_s) for _, job in jobs))
            finally:
                if connection.url is not None:
                    _name_those_under_way(jobs, screen)
        return [Ran(name, job, trouble) for (name, job), trouble in zip(jobs, troubles, strict=True)]


async def _execute(job: Job, timeout_s: float | None) -> QcaasError | None:
    try:
        await job.execute(timeout_s=timeout_s)
    except JobTimeout:
        return JobTimeout("did not end within the time given; nothing was cancelled", job)
    except QcaasError as trouble:
        return trouble
    return None


def _name_those_under_way(jobs: Sequence[tuple[str, Job]], screen: Screen) -> None:
    for name, job in jobs:
        if job.task_id is not None and not job.ended:
            screen.say(f"{name}: task {job.task_id} may go on at the service")


async def _choose_qpu(sdk: OqcSdk, wanted: str | None) -> str:
    ids = [str(qpu["id"]) for qpu in await sdk.list_qpus()]
    if wanted in ids:
        return wanted
    if wanted is None and len(ids) == 1:
        return ids[0]
    trouble = "several QPUs are active" if wanted is None else f"no QPU {wanted!r} is active for this account"
    raise UnknownQpu(f"{trouble}: pass --qpu with one of: {', '.join(ids) or '(none is active now)'}")


def _config(shots: int) -> Config:
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    config: Config = CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count())
    return config
