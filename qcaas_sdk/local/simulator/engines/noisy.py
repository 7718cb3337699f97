"""Runs programs on Qiskit Aer with the noise of a device. Runs inside the simulator process.

A program is compiled to the gates of the device, and routed if the configuration does not switch that off: the errors
belong to those gates. Errors happen at gates and at readout; a qubit that waits has none.
"""

import time
from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen
from compiler_config.config import CompilerConfig, Tket, TketOptimizations
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitError, ControlFlowOp
from qiskit.exceptions import QiskitError
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
from qiskit_aer.noise import NoiseModel

from qcaas_sdk.local.simulator.engines.config import read_config
from qcaas_sdk.local.simulator.engines.device import Device, device_of, qubits_of
from qcaas_sdk.local.simulator.engines.metrics import metrics_of
from qcaas_sdk.local.simulator.engines.sampling import (
    CONTROL_FLOW,
    check_circuit,
    check_qubits,
    memory_for,
    run,
    without_idle_qubits,
)
from qcaas_sdk.local.simulator.mitigation import Flips, methods_of, mitigated
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.openqasm.layout import Layout
from qcaas_sdk.local.simulator.programs import load
from qcaas_sdk.local.simulator.results import Results, shape, wants_raw
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

_MOST_QUBITS_OF_A_MATRIX = 10
"""Beyond them a density matrix takes longer than a statevector for each shot."""
_SEED_OF_ROUTING = 1
"""Fixed, so that a program is always compiled in the same way."""


def simulate(request: SimulationRequest, noise: str) -> Simulation:
    """Run a program.

    Raises:
        TaskError: It cannot run, or not on this QPU.
    """
    started = time.perf_counter()
    config, shots = read_config(request)
    methods = methods_of(config)
    device = device_of(noise)
    with memory_for(request) as budget:
        circuit, layout = _compile(request.program, noise, request.qubits, _level(config))
        method = method_for(circuit, budget)
        to_run, model = _as_run(circuit, device)
        words, each_shot = run(
            to_run, method, shots, request.seed, keep_shots=wants_raw(config.results_format), noise=model
        )
    if layout.ones:
        words = {word | layout.ones: times for word, times in words.items()}
        each_shot = [word | layout.ones for word in each_shot]
    found = shape(words, each_shot, layout.registers, config.results_format)
    results: dict[str, object] = dict(found)
    if methods:
        bits = [bit for register in layout.registers.values() for bit in register]
        results |= mitigated(methods, _counts(found), readouts(circuit, bits, device))
    facts = {"shots": shots, "method": method, "seconds": time.perf_counter() - started}
    return Simulation(results=results, shots=shots, metrics={**metrics_of(config, circuit), **facts})


def compile_gates(circuit: QuantumCircuit, device: Device, level: int = 1) -> QuantumCircuit:
    """The circuit in the gates of the device, on the qubits on which it is.

    Raises:
        TaskError: That is not possible.
    """
    return _compiler(device.basis, None, level)(circuit)


def method_for(circuit: QuantumCircuit, budget: int) -> str:
    """Aer's method for a circuit with noise.

    Raises:
        TaskError: It needs too much memory.
    """
    qubits = len(qubits_of(circuit))
    if qubits <= _MOST_QUBITS_OF_A_MATRIX and not _branches(circuit):
        check_qubits(2 * qubits, 2 * qubits, budget)  # as large as the statevector of twice as many
        return "density_matrix"
    check_qubits(qubits, qubits, budget)
    return "statevector"


def _branches(circuit: QuantumCircuit) -> bool:
    return any(isinstance(step.operation, ControlFlowOp) for step in circuit.data)


def _as_run(circuit: QuantumCircuit, device: Device) -> tuple[QuantumCircuit, NoiseModel]:
    """A circuit as Aer runs it, and its errors.

    Aer leaves out the qubits that a circuit does not use, but not if the circuit branches.
    """
    qubits = qubits_of(circuit)
    if _branches(circuit) and (model := device.renumbered_model(qubits)) is not None:
        return without_idle_qubits(circuit), model
    return circuit, device.model(qubits)


def readouts(circuit: QuantumCircuit, bits: Sequence[int | None], device: Device) -> list[Flips]:
    """The readout errors of bits, which the circuit must measure once; none for a bit that it does not measure.

    Raises:
        TaskError: It measures one more often, or under a condition.
    """
    measured: dict[int, int] = {}
    for step in circuit.data:
        written = [circuit.find_bit(bit).index for bit in step.clbits]
        if step.operation.name != "measure" and not isinstance(step.operation, ControlFlowOp):
            continue
        if isinstance(step.operation, ControlFlowOp) or any(bit in measured for bit in written):
            raise TaskError(
                TaskErrorCode.BAD_CONFIG,
                "readout error mitigation needs a program that measures each bit once, without conditions",
            )
        measured[written[0]] = circuit.find_bit(step.qubits[0]).index
    return [(0.0, 0.0) if bit is None or bit not in measured else device.flips(measured[bit]) for bit in bits]


def _level(config: CompilerConfig) -> int:
    """Qiskit's level for the optimisations of a configuration: 0 without routing. By default the compiler routes."""
    if not isinstance(config.optimizations, Tket):
        return 1
    passes = config.optimizations.tket_optimizations
    if passes is None or TketOptimizations.DefaultMappingPass not in passes:
        return 0
    return 2 if TketOptimizations.FullPeepholeOptimise in passes else 1


@frozen
class _Compiler:
    """Qiskit's passes for a device."""

    basis: tuple[str, ...]
    pairs: frozenset[tuple[int, int]] | None
    level: int

    def __call__(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Compile.

        Raises:
            TaskError: That is not possible.
        """
        coupling = None if self.pairs is None else CouplingMap([*self.pairs, *(pair[::-1] for pair in self.pairs)])
        passes = generate_preset_pass_manager(
            self.level,
            basis_gates=[*self.basis, *CONTROL_FLOW],
            coupling_map=coupling,
            seed_transpiler=_SEED_OF_ROUTING,
        )
        try:
            return passes.run(circuit)
        except (QiskitError, CircuitError) as error:
            raise TaskError(
                TaskErrorCode.UNSUPPORTED_INSTRUCTION,
                f"the program cannot be compiled to the gates of this QPU: {error.message}",
            ) from error


@lru_cache(maxsize=16)
def _compiler(basis: tuple[str, ...], pairs: frozenset[tuple[int, int]] | None, level: int) -> _Compiler:
    return _Compiler(basis, pairs, level)


@lru_cache(maxsize=64)
def _compile(text: str, noise: str, qubits: int, level: int) -> tuple[QuantumCircuit, Layout]:
    device = device_of(noise)
    try:
        recorded = load(text).record()
    except NeedsOutcome:
        raise TaskError(
            TaskErrorCode.UNSUPPORTED_INSTRUCTION,
            "what the program does with its measurements cannot be expressed as one circuit, which noise needs: run "
            "it without noise",
        ) from None
    check_circuit(recorded.circuit)
    if not recorded.layout.registers:
        raise TaskError(
            TaskErrorCode.NO_MEASUREMENT,
            "the program stores no measurement, so it has no result: measure into bits",
        )
    if device.pairs and level:
        circuit = without_idle_qubits(recorded.circuit)
        check_qubits(circuit.num_qubits, qubits, None)
        return _compiler(device.basis, device.pairs, level)(circuit), recorded.layout
    check_qubits(max(qubits_of(recorded.circuit)) + 1, qubits, None)
    circuit = compile_gates(recorded.circuit, device, level if device.pairs is not None else 0)
    device.check_pairs(circuit)
    return circuit, recorded.layout


def _counts(results: Results) -> dict[str, dict[str, int]]:
    """Results that are known to be counts, as such."""
    return {name: dict(counts) for name, counts in results.items() if isinstance(counts, dict)}
