"""`qcaas run`: programs to jobs, jobs to their ends, live."""

import asyncio
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from qcaas_sdk import Job, OqcSdk, QcaasError
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
        qpu_id: The QPU; None for the only one there is.
        timeout_s: Seconds over everything; None for no limit.
        screen: Where states are shown as they pass.

    Raises:
        QcaasError: The service cannot be used at all.
    """
    screen.say(f"on {connection.where}")
    async with connection.sdk() as sdk:
        qpu_id = qpu_id or sdk.default_qpu_id or await _only_qpu(sdk)
        config = _config(shots) if shots is not None else None
        jobs = [(name, sdk.create_job(program=text, qpu_id=qpu_id, config=config)) for name, text in programs]
        with screen.live(jobs) as moved:
            for _, job in jobs:
                job.observe(moved)
            ends = await asyncio.gather(*(_end(job, timeout_s) for _, job in jobs))
        return [Ran(name, job, end) for (name, job), end in zip(jobs, ends, strict=True)]


async def _end(job: Job, timeout_s: float | None) -> QcaasError | None:
    try:
        await job.execute(timeout_s=timeout_s)
    except QcaasError as trouble:
        return trouble
    return None


async def _only_qpu(sdk: OqcSdk) -> str:
    ids = [str(qpu["id"]) for qpu in await sdk.list_qpus()]
    if len(ids) != 1:
        raise QcaasError(f"which QPU? pass --qpu with one of: {', '.join(ids)}")
    return ids[0]


def _config(shots: int) -> Config:
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    config: Config = CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count())
    return config
