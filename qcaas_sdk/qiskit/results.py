"""From the service's answers to Qiskit's results. The service writes bit 0 of a register first, Qiskit last."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData

from qcaas_sdk._base.text import counted
from qcaas_sdk._handles.outputs import JobError, JobOutput, JobResult, job_failed
from qcaas_sdk.errors import JobFailed
from qcaas_sdk.qiskit.experiment import Experiment

Words = Mapping[int, int]
"""Memory word to the number of shots that ended in it. Bit i of a word is the circuit's i-th classical bit."""


class PlainResult(Result):  # type: ignore[misc]  # Qiskit has no types
    """A result whose dictionary is JSON: plain types only, whatever the metadata of a circuit holds."""

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values; what JSON has no type for is written as text."""
        return {str(key): plain(value) for key, value in super().to_dict().items()}


def words_of(experiment: Experiment, output: JobOutput) -> Words:
    """What a circuit gave.

    Raises:
        JobFailed: It gave nothing, or nothing that can be understood.
    """
    if isinstance(output, JobError):
        raise job_failed(output)
    if not isinstance(output, JobResult):
        state = getattr(output, "state", "not known")
        raise _failed(output, f"the circuit {experiment.name!r} has no result: the state of its job is {state}")
    try:
        counts = _counts(output.data, experiment.register)
        if any(len(bits) != len(experiment.bits) or not set(bits) <= {"0", "1"} for bits in counts):
            raise ValueError(
                f"expected bitstrings of {counted(len(experiment.bits), 'bit')}, got {list(counts)!s:.60}"
            )
        if any(int(count) != count for count in counts.values()):
            raise ValueError(f"expected whole numbers as counts, got {counts!s:.60}")
        return {
            sum(1 << bit for bit, read in zip(experiment.bits, bitstring, strict=True) if read == "1"): int(count)
            for bitstring, count in counts.items()
        }
    except (ValueError, TypeError) as error:
        message = f"the result of the circuit {experiment.name!r} (task {output.task_id}) cannot be read: {error}"
        raise _failed(output, message) from error


def _counts(data: object, register: str) -> Mapping[str, int]:
    if isinstance(data, Mapping):
        # With error mitigation, QAT puts a distribution beside the register, under a name of its own.
        counts = data.get(register) if len(data) > 1 else next(iter(data.values()), None)
        if isinstance(counts, Mapping):
            return counts
    raise ValueError(f"it has no counts of the register {register!r}: {data!s:.60}")


def shots_of(words: Words, bits: int) -> NDArray[np.bool_]:
    """Shot by shot in random order, as an array of shots and bits.

    The service counts, and does not tell the order. Independent shots with these counts come in any order with
    the same probability, so a random one is a fair sample, and so is any part of it.
    """
    table = np.array([[word >> bit & 1 for bit in range(bits)] for word in words], dtype=np.bool_)
    shots = np.repeat(table.reshape(len(words), bits), list(words.values()), axis=0)
    np.random.default_rng().shuffle(shots)
    return shots


def result_of(
    *,
    backend: str,
    job_id: str,
    experiments: Sequence[Experiment],
    outputs: Sequence[JobOutput],
    memory: bool,
) -> Result:
    """The result of a job: one entry for each circuit, in order, those that failed too.

    Args:
        backend: The backend's name.
        job_id: The job's id.
        experiments: What was sent.
        outputs: What came of it, in the same order.
        memory: Whether to list the shots.
    """
    results = [_entry(*pair, memory=memory) for pair in zip(experiments, outputs, strict=True)]
    successes = sum(result.success for result in results)
    received = [output.received for output in outputs if output.received is not None]
    return PlainResult(
        backend_name=backend,
        job_id=job_id,
        success=successes == len(results),
        results=results,
        status="COMPLETED" if successes == len(results) else "PARTIAL COMPLETED" if successes else "ERROR",
        date=max(received).isoformat() if received else None,
    )


def _entry(experiment: Experiment, output: JobOutput, *, memory: bool) -> ExperimentResult:
    about = {"header": experiment.header, "task_id": output.task_id}
    try:
        words = words_of(experiment, output)
    except JobFailed as error:
        return ExperimentResult(
            shots=experiment.shots, success=False, data=ExperimentResultData(), status=f"ERROR: {error}", **about
        )
    data = {"counts": {hex(word): count for word, count in words.items()}}
    if memory:
        order = np.random.default_rng().permutation(np.repeat(list(data["counts"]), list(words.values())))
        data["memory"] = order.tolist()
    return ExperimentResult(
        shots=sum(words.values()), success=True, data=ExperimentResultData(**data), status="DONE", **about
    )


def plain(value: Any) -> Any:
    """A value with JSON's types only; what JSON has no type for is written as text."""
    match value:
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case np.ndarray() | np.generic():
            return plain(value.tolist())
        case None | bool():
            return value
        case int() | float() | str():  # an enumeration of Qiskit's, too
            return next(kind(value) for kind in (int, float, str) if isinstance(value, kind))
        case _:
            return str(value)


def _failed(output: JobOutput, message: str) -> JobFailed:
    return JobFailed(message, task_id=output.task_id, qpu_id=output.qpu_id, code=None, details=message)
