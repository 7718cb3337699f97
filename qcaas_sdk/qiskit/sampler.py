"""Qiskit's sampler primitive on a QPU: parameter sweeps in, bits of each register out."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from qiskit.primitives import (
    BasePrimitiveJob,
    BaseSamplerV2,
    BitArray,
    DataBin,
    PrimitiveResult,
    SamplerPubLike,
    SamplerPubResult,
)
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.providers import JobStatus

from qcaas_sdk._handles.outputs import JobOutput
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.qiskit.backend import OqcBackend
from qcaas_sdk.qiskit.experiment import Experiment
from qcaas_sdk.qiskit.job import OqcJob
from qcaas_sdk.qiskit.results import shots_of, words_of


class SamplerV2(BaseSamplerV2):  # type: ignore[misc]  # Qiskit has no types
    """Samples circuits on a QPU. All circuits of a call, bound to all their parameter values, leave as one job.

    The service counts outcomes and does not tell the order of shots: the bit arrays hold them in random order, with
    the registers of one shot together.
    """

    def __init__(self, backend: OqcBackend, *, default_shots: int | None = None) -> None:
        """A sampler on a backend.

        Args:
            backend: Where circuits run; they should have been transpiled for it.
            default_shots: The shots of pubs that name none; by default those of the backend's options.
        """
        self._backend = backend
        self._default_shots = default_shots

    @property
    def backend(self) -> OqcBackend:
        """Where circuits run."""
        return self._backend

    @property
    def default_shots(self) -> int:
        """The shots of pubs that name none."""
        return int(self._backend.options.shots if self._default_shots is None else self._default_shots)

    def run(self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None) -> "SamplerJob":
        """Send pubs; returns when the service has taken them.

        Args:
            pubs: Circuits, each alone or with parameter values and shots: see `qiskit.primitives.BaseSamplerV2`.
            shots: The shots of pubs that name none.

        Raises:
            UnsupportedCircuit: A circuit cannot be sent; nothing was.
            ValueError: The shots are not within the QPU's limit, or a pub is none.
            QcaasError: The service cannot be used now.
        """
        coerced = [SamplerPub.coerce(pub, self.default_shots if shots is None else shots) for pub in pubs]
        sheets = [_Sheet.of(pub) for pub in coerced]
        circuits = [circuit for pub in coerced for circuit in pub.parameter_values.bind_all(pub.circuit).flat]
        each = [sheet.shots for sheet in sheets for _ in range(sheet.size)]
        return SamplerJob(self._backend.run_each(circuits, each), sheets)


class SamplerJob(BasePrimitiveJob[PrimitiveResult[SamplerPubResult], JobStatus]):  # type: ignore[misc]  # no types
    """Pubs under way; made by `SamplerV2.run`.

    Attributes:
        job: The job of all their circuits, whose `result()` has what each gave even if another failed.
    """

    def __init__(self, job: OqcJob, sheets: Sequence["_Sheet"]) -> None:
        super().__init__(job.job_id())
        self.job = job
        self._sheets = tuple(sheets)
        self._result: PrimitiveResult[SamplerPubResult] | None = None

    def result(self, timeout: float | None = None) -> PrimitiveResult[SamplerPubResult]:
        """Wait for the end and give one result for each pub, with a bit array for each classical register.

        Args:
            timeout: Seconds until `ResultTimeout`; None for no deadline.

        Raises:
            ResultTimeout: It has not ended in time; it goes on.
            JobFailed: A circuit failed or was cancelled; it says which.
            QcaasError: An error that did not pass; the job goes on, and so does the next call.
        """
        self.job.wait_for_final_state(timeout)
        if self._result is None:
            done = iter(zip(self.job.experiments, self.job.outputs, strict=True))
            results = []
            for number, sheet in enumerate(self._sheets):
                try:
                    results.append(sheet.filled([next(done) for _ in range(sheet.size)]))
                except QcaasError as error:
                    error.add_note(f"it belongs to pub {number}; job.result() of this job's `job` has the others")
                    raise
            self._result = PrimitiveResult(results, metadata={"version": 2})
        return self._result

    def status(self) -> JobStatus:
        """As `OqcJob.status`."""
        return self.job.status()

    def done(self) -> bool:
        """Whether it has ended with results for all."""
        return bool(self.job.done())

    def running(self) -> bool:
        """Whether it runs now."""
        return bool(self.job.running())

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return bool(self.job.cancelled())

    def in_final_state(self) -> bool:
        """Whether it has ended."""
        return bool(self.job.in_final_state())

    def cancel(self) -> bool:
        """As `OqcJob.cancel`."""
        return self.job.cancel()


@frozen
class _Sheet:
    """What must be known of a pub to fill in its result.

    Attributes:
        shape: The shape of its parameter values.
        shots: The shots of each of its circuits.
        bits: How many classical bits its circuit has.
        registers: For each classical register, which of these it holds.
        metadata: Of its circuit.
    """

    shape: tuple[int, ...]
    shots: int
    bits: int
    registers: dict[str, list[int]]
    metadata: dict[str, Any]

    @classmethod
    def of(cls, pub: SamplerPub) -> "_Sheet":
        circuit = pub.circuit
        registers = {
            register.name: [circuit.find_bit(bit).index for bit in register] for register in circuit.cregs if register
        }
        return cls(pub.shape, pub.shots, circuit.num_clbits, registers, dict(circuit.metadata or {}))

    @property
    def size(self) -> int:
        """How many circuits it makes."""
        return int(np.prod(self.shape, dtype=int))

    def filled(self, done: Sequence[tuple[Experiment, JobOutput]]) -> SamplerPubResult:
        samples = [shots_of(words_of(*one), self.bits) for one in done]
        found = {len(sample) for sample in samples} or {self.shots}
        if len(found) > 1:  # where a configuration throws shots away
            raise QcaasError(f"its circuits came back with different numbers of shots: {sorted(found)}")
        array = np.array(samples, dtype=np.bool_).reshape(*self.shape, *found, self.bits)
        data = {name: BitArray.from_bool_array(array[..., bits], "little") for name, bits in self.registers.items()}
        return SamplerPubResult(
            DataBin(**data, shape=self.shape), metadata={"shots": self.shots, "circuit_metadata": self.metadata}
        )
