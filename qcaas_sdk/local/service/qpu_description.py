"""What the embedded service tells of a QPU: its features and its calibration."""

from qcaas_sdk.local.calibration import Calibration
from qcaas_sdk.local.settings import LocalQpu
from qcaas_sdk.local.simulator.engines import EngineName, languages


def features_of(qpu: LocalQpu, engine: EngineName) -> dict[str, object]:
    """The features of a QPU.

    `connectivity` lists the pairs of qubits that a gate can couple; it is missing if any can be coupled.
    """
    pairs = connectivity_of(qpu, engine)
    return {
        "qubits": qpu.qubits,
        **({} if pairs is None else {"connectivity": pairs}),
        "max_shots": qpu.max_shots,
        "languages": languages(engine),
        "results_formats": ["binary_count", "raw", "binary", "squash_binary_result_arrays"],
        "error_mitigation": ["matrix", "linear"] if qpu.noise is not None else [],
        "simulator": True,
        "engine": engine,
    }


def connectivity_of(qpu: LocalQpu, engine: EngineName) -> list[tuple[int, int]] | None:
    """The pairs of qubits that a gate can couple; None if any can be coupled."""
    if qpu.pairs is not None or engine is not EngineName.QAT:
        return qpu.pairs
    # The chip of QAT's model is a ring.
    return sorted(
        {(min(at, after), max(at, after)) for at in range(qpu.qubits) if (after := (at + 1) % qpu.qubits) != at}
    )


def calibration_of(qpu: LocalQpu) -> dict[str, object]:
    """The calibration of a QPU: averages, and the figures of each qubit and pair if there are any."""
    if not isinstance(qpu.noise, Calibration):
        ideal: float | None = 1.0 if qpu.noise is None else None  # a NoiseModel has no such figures
        return {"single_qubit_gate_fidelity": ideal, "two_qubit_gate_fidelity": ideal, "readout_fidelity": ideal}
    from statistics import fmean  # noqa: PLC0415  # slow to import; only with noise

    qubits, pairs = qpu.noise.qubits, qpu.noise.pairs
    return {
        "single_qubit_gate_fidelity": 1 - fmean(qubit.gate_error for qubit in qubits),
        "two_qubit_gate_fidelity": 1 - fmean(pairs.values()) if pairs else None,
        "readout_fidelity": 1 - fmean((qubit.reads_1_for_0 + qubit.reads_0_for_1) / 2 for qubit in qubits),
        **qpu.noise.published(),
    }
