"""Jobs found again by their id: what must be kept of their circuits, and how it is read."""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk.errors import UnknownJob
from qcaas_sdk.qiskit.experiment import Experiment
from qcaas_sdk.qiskit.results import plain
from qcaas_sdk.sync.composite import CompositeJob
from qcaas_sdk.sync.job import Job
from qcaas_sdk.sync.outputs import JobOutput, JobResult
from qcaas_sdk.sync.sdk import OqcSdk

KEY = "qiskit"
"""Under this key of a job's `user_metadata` is what its result needs."""


def kept(experiment: Experiment) -> UserMetadata:
    """What to keep of a circuit with its job."""
    bits = list(experiment.bits)
    return {KEY: {"register": experiment.register, "bits": bits, "header": plain(experiment.header)}}


def found(sdk: OqcSdk, job_id: str) -> CompositeJob:
    """The jobs of a Qiskit job, from the journal or the SDK; or the one job on a task with that id.

    Raises:
        UnknownTask: There is neither.
        QcaasError: The service cannot be used now.
    """
    try:
        known = sdk.job(job_id)
    except UnknownJob:
        return CompositeJob(jobs=[sdk.attach(job_id)])
    return known if isinstance(known, CompositeJob) else CompositeJob(jobs=[known])


def experiment_of_job(job: Job) -> Experiment | None:
    """The circuit of a job, if it was kept."""
    about: Any = job.user_metadata.get(KEY)
    shots = getattr(job.config, "repeats", None) or 0
    match about:
        case {"register": str(register), "bits": [*bits], "header": {"name": _} as header}:
            return Experiment(job.program, register, tuple(bits), shots, dict(header))
    return None


def experiment_from(output: JobOutput, shots: int) -> Experiment:
    """The circuit of a task that another program submitted, as far as its result shows it."""
    register, width = "c", 0
    if isinstance(output, JobResult) and isinstance(output.data, Mapping) and output.data:
        register, counts = next(iter(output.data.items()))
        width = len(next(iter(counts), "")) if isinstance(counts, Mapping) else 0
    header: dict[str, Any] = {
        "name": str(output.task_id),
        "n_qubits": None,
        "qreg_sizes": [],
        "creg_sizes": [[register, width]],
        "memory_slots": width,
        "global_phase": 0.0,
        "metadata": {},
    }
    return Experiment(output.program, register, tuple(range(width)), shots, header)
