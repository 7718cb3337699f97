"""A noisy device: its gates, couplings and errors, for every engine. Used inside the simulator process."""

import base64
import pickle
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from attrs import frozen
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp
from qiskit.quantum_info import average_gate_fidelity
from qiskit_aer.noise import NoiseModel, QuantumError, ReadoutError, depolarizing_error, thermal_relaxation_error

from qcaas_sdk.local.calibration import Calibration, QubitCalibration
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

BASIS = ("cx", "rz", "sx", "x")
"""The gates of a calibrated device. `rz` only changes a phase in the control: it takes no time and has no error."""

_NEVER_US = 1e12
"""T1 of a qubit that does not decay, in microseconds."""
Flips = tuple[float, float]
"""The probabilities of a qubit to read 1 for 0, and 0 for 1."""


@frozen
class Device:
    """A noisy device.

    Attributes:
        basis: Its gates.
        pairs: The qubits that a gate can couple; None if any can be coupled.
        source: Its figures, or the noise model of the user.
    """

    basis: tuple[str, ...]
    pairs: frozenset[tuple[int, int]] | None
    source: Calibration | NoiseModel

    def model(self, qubits: frozenset[int]) -> NoiseModel:
        """The errors of some of the qubits."""
        if isinstance(self.source, Calibration):
            return _model(self.source, {qubit: qubit for qubit in qubits})
        return self.source

    def renumbered_model(self, qubits: frozenset[int]) -> NoiseModel | None:
        """The errors of some of the qubits, which get the numbers from 0 in their order.

        Returns:
            None if qubits of the user's noise model have errors of their own: they keep their numbers.
        """
        if isinstance(self.source, Calibration):
            return _model(self.source, {qubit: number for number, qubit in enumerate(sorted(qubits))})
        return None if self.source.noise_qubits else self.source

    def flips(self, qubit: int) -> Flips:
        """The readout errors of a qubit."""
        if isinstance(self.source, Calibration):
            figures = self.source.qubits[qubit]
            return figures.reads_1_for_0, figures.reads_0_for_1
        found = (0.0, 0.0)
        for error in self.source.to_dict()["errors"]:
            if error["type"] == "roerror" and (qubit,) in map(tuple, error.get("gate_qubits", [(qubit,)])):
                (_, reads_1_for_0), (reads_0_for_1, _) = error["probabilities"]
                found = float(reads_1_for_0), float(reads_0_for_1)
                if "gate_qubits" in error:  # this wins over an error for all qubits
                    break
        return found

    def check_pairs(self, circuit: QuantumCircuit) -> None:
        """Check that a circuit couples only qubits that are coupled on the device.

        Raises:
            TaskError: It couples others.
        """
        if self.pairs is None:
            return
        for instruction in circuit.data:
            if isinstance(instruction.operation, ControlFlowOp) or len(instruction.qubits) < 2:
                continue
            one, other = sorted(circuit.find_bit(qubit).index for qubit in instruction.qubits)
            if (one, other) not in self.pairs:
                raise TaskError(
                    TaskErrorCode.UNSUPPORTED_INSTRUCTION,
                    f"qubits {one} and {other} are not neighbours on this QPU, and the optimisations that route "
                    "between them are off: couple neighbours only, or switch routing on",
                )


@lru_cache(maxsize=8)
def device_of(text: str) -> Device:
    """The device of a request's noise."""
    if text.startswith("{"):
        calibration = Calibration.from_text(text)
        return Device(BASIS, frozenset(calibration.pairs), calibration)
    # Not from the network: it is the argument of the person who started this process.
    model: NoiseModel = pickle.loads(base64.b64decode(text))  # noqa: S301
    return Device(tuple(model.basis_gates), None, model)


def qubits_of(circuit: QuantumCircuit) -> frozenset[int]:
    """The qubits that a circuit uses."""
    used = chain.from_iterable(step.qubits for step in circuit.data if step.operation.name != "barrier")
    return frozenset(circuit.find_bit(qubit).index for qubit in used)


def _model(calibration: Calibration, numbers: Mapping[int, int]) -> NoiseModel:
    """The errors of qubits, by their numbers in the circuit."""
    model = NoiseModel(basis_gates=list(BASIS))
    for qubit, number in sorted(numbers.items()):
        figures = calibration.qubits[qubit]
        gate = _with_depolarizing(_relaxation(figures, calibration.one_qubit_gate_ns), figures.gate_error, 1)
        model.add_quantum_error(gate, ["sx", "x"], [number])
        zero, one = figures.reads_1_for_0, figures.reads_0_for_1
        model.add_readout_error(ReadoutError([[1 - zero, zero], [one, 1 - one]]), [number])
    for pair, error in calibration.pairs.items():
        if numbers.keys() >= set(pair):
            first, second = (_relaxation(calibration.qubits[qubit], calibration.two_qubit_gate_ns) for qubit in pair)
            on = [numbers[qubit] for qubit in pair]
            model.add_quantum_error(_with_depolarizing(first.expand(second), error, 2), ["cx"], on)
            model.add_quantum_error(_with_depolarizing(second.expand(first), error, 2), ["cx"], on[::-1])
    return model


def _relaxation(figures: QubitCalibration, gate_ns: float) -> QuantumError:
    t1 = _NEVER_US if figures.t1_us is None else figures.t1_us
    t2 = 2 * t1 if figures.t2_us is None else figures.t2_us
    return thermal_relaxation_error(1000 * t1, 1000 * t2, gate_ns)


def _with_depolarizing(relaxation: QuantumError, error: float, qubits: int) -> QuantumError:
    """Relaxation, and as much depolarisation as makes the average error of the gate that of the calibration.

    If relaxation alone makes more errors, nothing is added.
    """
    fidelity = average_gate_fidelity(relaxation)
    missing = error - (1 - fidelity)
    if missing <= 0:
        return relaxation
    # The completely depolarising channel has the average fidelity 1/d.
    return relaxation.compose(depolarizing_error(missing / (fidelity - 0.5**qubits), qubits))
