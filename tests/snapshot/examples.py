"""Jobs and composites in every condition, over a small service, and the SDK that they belong to."""

import contextlib
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
from compiler_config.config import CompilerConfig, QuantumResultsFormat, Tket, TketOptimizations

from qcaas_sdk import CompositeJob, Job, OqcSdk, QcaasError, ServerWarning
from qcaas_sdk.job import record_of_job
from qcaas_sdk.sdk import factory_of
from tests.snapshot.fake_service import QPU, URL, FakeService, FakeTask
from tests.support.passing_clock import PassingClock

PROGRAM = 'OPENQASM 2.0; // "quoted", grün, \u2028 and \U0001f600\n'


def config(repeats: int = 300) -> CompilerConfig:
    return CompilerConfig(
        repeats=repeats,
        results_format=QuantumResultsFormat().binary_count(),
        optimizations=Tket(TketOptimizations.Two),
    )


class TellingService(FakeService):
    """One that tells timings, metrics and metadata."""

    @staticmethod
    def _info(task: FakeTask) -> dict[str, Any]:
        told = {"timings": {"created": "2026-01-01T00:00:00"}, "execution_metadata": {"gates": [1, 2.5, None, True]}}
        return FakeService._info(task) | told | {"metadata": {"tag": "grün", "config": {"nested": {"deep": []}}}}


def sdk_on(service: FakeService) -> OqcSdk:
    transport = httpx.MockTransport(service)
    return OqcSdk(URL, "token", default_qpu_id=QPU, http_transport=transport, clock=PassingClock())


@contextlib.asynccontextmanager
async def examples() -> AsyncIterator[tuple[OqcSdk, TellingService, dict[str, Job | CompositeJob]]]:
    """An open SDK, its service, and jobs by what they are examples of."""
    service = TellingService()
    async with sdk_on(service) as sdk:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ServerWarning)
            yield sdk, service, await _made(sdk, service)


async def _made(sdk: OqcSdk, service: TellingService) -> dict[str, Job | CompositeJob]:
    def new(**more: Any) -> Job:
        return sdk.create_job(**({"program": PROGRAM, "config": config(), "tag": "a tag"} | more))

    async def sent(job: Job, *words: str) -> Job:
        await job.submit()
        assert job.task_id is not None
        for word in words:
            service.end(service.tasks[job.task_id], word)
            await job.refresh()
        return job

    made: dict[str, Job | CompositeJob] = {"created": new(), "by default": new(config=None, tag=None)}
    made["in doubt"] = await _in_doubt(new(), service)
    made["submitted"] = await sent(new(fetch_diagnostics=True))
    made["running"] = await sent(new(), "RUNNING")
    made["strange"] = await sent(new(), "TRANSMOGRIFIED")
    for word in ("COMPLETED", "FAILED", "EXPIRED", "CANCELLED"):
        made[word.lower()] = await sent(new(), "RUNNING", word)
    made["refused"] = await sent_and_refused(new(program="OPENQASM 3.0; // REFUSE"))
    made["never sent, cancelled"] = await new().cancel()
    many = await sent(new(), "COMPLETED")
    await sent(many.reconfigure(program="OPENQASM 3.0;", config=config(7)), "FAILED")
    await sent(many.reconfigure(), "COMPLETED")
    made["three runs"] = many
    made["to be run again"] = (await sent(new(), "COMPLETED")).reconfigure()
    made["empty"] = factory_of(sdk).composite([])
    made["composite"] = sdk.create_job(
        program=["OPENQASM 3.0; // A", "OPENQASM 3.0; // B", "OPENQASM 3.0; // C"], config=config()
    )
    await made["composite"].submit()
    inner = sdk.create_job(program=["OPENQASM 3.0; // D", "OPENQASM 3.0; // E"])
    nested = factory_of(sdk).composite([many, inner, new(), inner.jobs[0]])
    made["nested"] = nested
    made["everything"] = factory_of(sdk).composite([job for job in made.values() if isinstance(job, Job)])
    return made


async def sent_and_refused(job: Job) -> Job:
    await job.submit()
    assert job.error is not None
    return job


async def _in_doubt(job: Job, service: TellingService) -> Job:
    service.faults.extend(["no fault for the reservation", *["drop before"] * 100])
    with contextlib.suppress(QcaasError):
        await job.submit()
    service.faults.clear()
    assert record_of_job(job).run.in_doubt
    return job
