"""Samples circuits on Qiskit Aer, for every engine. Used inside the simulator process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitError, ControlFlowOp
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.exceptions import QiskitError
from qiskit_aer import AerSimulator

from qcaas_sdk.local.simulator import memory
from qcaas_sdk.local.simulator.simulation import SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

if TYPE_CHECKING:
    from qiskit.transpiler import StagedPassManager
    from qiskit_aer.noise import NoiseModel

# Measured: Aer needs 1.0 times the statevector. The rest is a margin.
STATEVECTOR_MARGIN = 1.25
# Memory for the parser and for Aer's own tables, even if the budget for a statevector is small.
WORKING_BYTES = 512 << 20
MAX_OPERATIONS = 1_000_000
"""Of a program whose gates are expanded."""

_CLIFFORD = frozenset(
    {"cx", "cy", "cz", "ecr", "h", "id", "s", "sdg", "swap", "sx", "sxdg", "x", "y", "z", "measure", "reset"}
)
CONTROL_FLOW = frozenset({"if_else", "for_loop", "while_loop", "switch_case"})
_BASIS = sorted(set(get_standard_gate_name_mapping()) & set(AerSimulator().operation_names) | CONTROL_FLOW)
_BASIS_NAMES = frozenset(_BASIS)


@cache
def _to_basis() -> "StagedPassManager":
    # Needed by few programs, and slow to import.
    from qiskit.transpiler import generate_preset_pass_manager  # noqa: PLC0415

    return generate_preset_pass_manager(optimization_level=0, basis_gates=_BASIS)


@contextmanager
def memory_for(request: SimulationRequest) -> Iterator[int]:
    """Limit the memory of a run. Gives the bytes that a statevector can use.

    Raises:
        TaskError: The run needs more.
    """
    budget = request.memory_limit_bytes
    if budget is None:
        budget = int(memory.free_memory_bytes() * memory.SHARE_OF_FREE_MEMORY)
    try:
        with memory.limited(max(budget, WORKING_BYTES)):
            yield budget
    except MemoryError as error:
        raise TaskError(
            TaskErrorCode.TOO_MUCH_MEMORY,
            f"the program needs more memory than its limit ({_mib(budget)})",
        ) from error


def prepare(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in gates of Aer, without unused qubits.

    Raises:
        TaskError: It has no measurement, or an instruction that is not supported.
    """
    check_circuit(circuit)
    if is_ready(circuit):
        return circuit
    try:
        return _to_basis().run(without_idle_qubits(circuit))
    except (QiskitError, CircuitError) as error:
        raise TaskError(
            TaskErrorCode.UNSUPPORTED_INSTRUCTION,
            f"the simulator cannot run an instruction of this program: {error.message}",
        ) from error


def check_circuit(circuit: QuantumCircuit) -> None:
    """Check that a circuit measures something, and is not too long.

    Raises:
        TaskError: It does not, or is.
    """
    if not _measures(circuit):
        raise TaskError(
            TaskErrorCode.NO_MEASUREMENT, "the program measures nothing, so it has no result: add a measure"
        )
    if _operations(circuit, {}) > MAX_OPERATIONS:
        raise TaskError(
            TaskErrorCode.TOO_SLOW,
            f"the program has more than {MAX_OPERATIONS:,} operations after expansion of its gates",
        )


def is_ready(circuit: QuantumCircuit) -> bool:
    """Whether every operation is a gate of Aer, or a measurement or reset, and every qubit is used."""
    used: set[object] = set()
    for instruction in circuit.data:
        if instruction.operation.name not in _BASIS_NAMES or instruction.operation.name in CONTROL_FLOW:
            return False
        used.update(instruction.qubits)
    return bool(len(used) == circuit.num_qubits)


def _measures(circuit: QuantumCircuit) -> bool:
    return any(
        instruction.operation.name == "measure"
        or (
            isinstance(instruction.operation, ControlFlowOp)
            and any(_measures(block) for block in instruction.operation.blocks)
        )
        for instruction in circuit.data
    )


def _operations(circuit: QuantumCircuit, known: dict[tuple[str, int], int]) -> int:
    """The number of operations of a circuit in the basis, or a number above the limit. It expands nothing."""
    total = 0
    for instruction in circuit.data:
        operation = instruction.operation
        if isinstance(operation, ControlFlowOp):
            total += 1 + sum(_operations(block, known) for block in operation.blocks)
        elif operation.name in _BASIS_NAMES:
            total += 1
        else:
            # The expansion of a gate depends on its name, not on its parameters.
            key = (operation.name, operation.num_qubits)
            if key not in known:
                definition = getattr(operation, "definition", None)
                known[key] = 1 if definition is None else max(1, _operations(definition, known))
            total += known[key]
        if total > MAX_OPERATIONS:
            break
    return total


def without_idle_qubits(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without barriers, and without qubits that it does not use."""
    dag = circuit_to_dag(circuit)
    dag.remove_all_ops_named("barrier")
    dag.remove_qubits(*(wire for wire in dag.idle_wires() if wire in set(circuit.qubits)))
    return dag_to_circuit(dag)


def method_for(circuit: QuantumCircuit, max_qubits: int, budget: int) -> str:
    """Aer's method for a circuit.

    Raises:
        TaskError: It has too many qubits for the QPU, or for the memory.
    """
    qubits = circuit.num_qubits
    if _CLIFFORD.issuperset(circuit.count_ops()):
        check_qubits(qubits, max_qubits, None)
        return "stabilizer"
    check_qubits(qubits, max_qubits, budget)
    return "statevector"


def check_qubits(qubits: int, max_qubits: int, budget: int | None) -> None:
    """Check that a program is not too large.

    Args:
        qubits: How many the program uses.
        max_qubits: How many the QPU has.
        budget: The bytes that a statevector can use; None if none is needed.

    Raises:
        TaskError: It has too many qubits for the QPU, or for the memory.
    """
    if qubits > max_qubits:
        raise TaskError(
            TaskErrorCode.TOO_MANY_QUBITS, f"the program uses {qubits} qubits, and this QPU has {max_qubits}"
        )
    if budget is None:
        return
    needed = int(memory.statevector_bytes(qubits) * STATEVECTOR_MARGIN)
    if needed > budget:
        raise TaskError(
            TaskErrorCode.TOO_MUCH_MEMORY,
            f"a program of {qubits} qubits needs {_mib(needed)} of memory, and the limit is {_mib(budget)}: use "
            "fewer qubits",
        )


def method_or_mps(circuit: QuantumCircuit, max_qubits: int, budget: int) -> str:
    """As `method_for`, but a matrix product state if a statevector would be too large.

    That is exact too; its memory and time depend on how entangled the qubits are.

    Raises:
        TaskError: It has too many qubits for the QPU.
    """
    try:
        return method_for(circuit, max_qubits, budget)
    except TaskError as error:
        if error.code is not TaskErrorCode.TOO_MUCH_MEMORY:
            raise
        return "matrix_product_state"


def run(
    circuit: QuantumCircuit,
    method: str,
    shots: int,
    seed: int | None,
    *,
    keep_shots: bool,
    noise: "NoiseModel | None" = None,
) -> tuple[dict[int, int], list[int]]:
    """Sample a circuit: memory word to number of shots, and the word of every shot if `keep_shots`.

    Raises:
        TaskError: Aer cannot run it.
    """
    # One shot at a time: each parallel shot would need a statevector.
    # Truncation drops operations that no measurement depends on, which saves time. It ignores jumps, so it is wrong
    # for programs with control flow.
    truncation = CONTROL_FLOW.isdisjoint(circuit.count_ops())
    simulator = AerSimulator(method=method, seed_simulator=seed, max_parallel_shots=1, enable_truncation=truncation)
    try:
        outcome = simulator.run(circuit, shots=shots, memory=keep_shots, noise_model=noise).result()
    except (QiskitError, CircuitError) as error:
        raise TaskError(
            TaskErrorCode.UNSUPPORTED_INSTRUCTION, f"the simulator cannot run this program: {error.message}"
        ) from error
    if not outcome.success:
        detail = "; ".join({str(experiment.status) for experiment in outcome.results}) or str(outcome.status)
        code = TaskErrorCode.TOO_MUCH_MEMORY if "memory" in detail else TaskErrorCode.UNSUPPORTED_INSTRUCTION
        raise TaskError(code, f"the simulator could not run this program: {detail}")
    data = outcome.data(0)
    words = {int(word, 16): int(times) for word, times in data["counts"].items()}
    return words, [int(word, 16) for word in data.get("memory", ())]


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
