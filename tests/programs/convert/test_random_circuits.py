"""Random circuits of each package give what the package's own simulator gives, by register."""

import random
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, generate_preset_pass_manager
from qiskit.circuit import Clbit
from qiskit.circuit.library import PauliGate, UnitaryGate, XXPlusYYGate, get_standard_gate_name_mapping
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import random_unitary

from qcaas_sdk._programs.convert import program_text
from tests.programs.convert.distributions import AER, SHOTS, agree, sampled

pytestmark = pytest.mark.slow

with warnings.catch_warnings():  # of packages that these import
    warnings.simplefilter("ignore")
    import cirq
    import pennylane as qml
    import sympy
    from braket.circuits import Circuit as BraketCircuit
    from braket.devices import LocalSimulator
    from pytket.circuit import Circuit as PytketCircuit
    from pytket.circuit import OpType

CIRQ_SHOTS = 400
"""Cirq simulates each shot of a circuit with conditions alone."""

SEEDS = pytest.mark.parametrize("seed", range(4))
NAMES = ["c", "Out", "pi", "h", "x", "output", "ψ", "my bits", "measure", "r_pi", "_0", "q"]
FOR_AER = generate_preset_pass_manager(optimization_level=0, backend=AER)


def counted(rows: Any) -> dict[str, int]:
    return dict(Counter("".join(str(int(bit)) for bit in row) for row in rows))


def by_register(circuit: QuantumCircuit) -> dict[str, dict[str, int]]:
    """Aer's counts, by register, bit 0 on the left; for registers that share bits, too."""
    plain = QuantumCircuit(circuit.qubits, circuit.clbits)  # Aer's own keys do not know shared bits
    for register in circuit.cregs:
        plain.add_register(register)
    plain.compose(circuit, plain.qubits, plain.clbits, inplace=True)
    data = AER.run(FOR_AER.run(plain), shots=SHOTS).result().data(0)
    found: dict[str, Counter[str]] = {register.name: Counter() for register in circuit.cregs}
    for word, times in data["counts"].items():
        for register in circuit.cregs:
            places = [circuit.find_bit(bit).index for bit in register]
            found[register.name]["".join(str(int(word, 16) >> place & 1) for place in places)] += times
    return {name: dict(counts) for name, counts in found.items()}


def qiskit_circuit(rng: random.Random, own_gate: str) -> QuantumCircuit:
    seed = rng.randrange(2**31)
    inner = random_circuit(3, 3, max_operands=3, conditional=False, seed=seed)
    bits = [Clbit() for _ in range(4)]
    names = rng.sample(NAMES, 3)
    cregs = [ClassicalRegister(name=names[0], bits=bits[:2]), ClassicalRegister(name=names[1], bits=bits[2:4])]
    if rng.random() < 0.5:
        cregs.append(ClassicalRegister(name=names[2], bits=rng.sample(bits, 2)))
    qreg = QuantumRegister(3, rng.choice([name for name in NAMES if name not in names]))
    circuit = QuantumCircuit(qreg, *cregs)
    circuit.compose(inner, circuit.qubits, inplace=True)
    circuit.append(PauliGate("XYZ"), [0, 1, 2])
    circuit.append(XXPlusYYGate(0.3, 0.4), [1, 2])
    circuit.append(UnitaryGate(random_unitary(4, seed=seed)), [0, 2])
    mine = QuantumCircuit(1, name=own_gate)
    mine.ry(rng.random(), 0)
    mine_gate = mine.to_gate()
    circuit.append(mine_gate, [1])
    circuit.barrier()
    circuit.measure([0, 1], bits[:2])
    if rng.random() < 0.7:
        target = rng.choice([*cregs, bits[0]])
        value = rng.randrange(2) if isinstance(target, Clbit) else rng.randrange(4)
        with circuit.if_test((target, value)) as otherwise:
            circuit.x(2)
            circuit.append(mine_gate, [0])
        with otherwise:
            circuit.h(0)
    circuit.measure([2, 0], bits[2:])
    return circuit


@SEEDS
def test_qiskit(seed: int) -> None:
    ours = sampled(qiskit_circuit(random.Random(seed), "h"))  # Aer would take it for its own
    theirs = by_register(qiskit_circuit(random.Random(seed), "mine"))
    assert ours.keys() == theirs.keys()
    for name, counts in theirs.items():
        assert agree(ours[name], counts), (name, ours[name], counts)


def cirq_circuit(rng: random.Random) -> Any:
    qubits = cirq.LineQubit.range(3)
    operations = list(
        cirq.testing.random_circuit(
            qubits, 5, 0.7, random_state=rng.randrange(2**31), gate_domain={**cirq.testing.DEFAULT_GATE_DOMAIN}
        ).all_operations()
    )
    operations += [
        cirq.FSimGate(0.3, 0.4)(*rng.sample(qubits, 2)),
        cirq.PhasedXPowGate(phase_exponent=0.2)(qubits[0]),
    ]
    key, other, last = rng.sample(["m", "Key", "a b", "x", "0", "ü", "m_0"], 3)
    operations.append(cirq.measure(*rng.sample(qubits, 2), key=key, invert_mask=(rng.random() < 0.5,)))
    symbol = sympy.Symbol(key)
    conditions: list[Any] = [key, cirq.KeyCondition(cirq.MeasurementKey(key))]
    if key.isidentifier():
        conditions += [sympy.Eq(symbol, rng.randrange(4)), symbol >= 2, sympy.Ne(symbol, 1), symbol]
    gate = rng.choice(
        [cirq.ISWAP(*qubits[:2]), cirq.CCX(*qubits), cirq.X(qubits[1]), cirq.FSimGate(0.3, 1)(*qubits[1:])]
    )
    operations.append(gate.with_classical_controls(rng.choice(conditions)))
    operations.append(cirq.measure_single_paulistring(cirq.X(qubits[0]) * cirq.Z(qubits[2]), key=other))
    operations.append(cirq.measure(*rng.sample(qubits, 3), key=last))
    return cirq.Circuit(operations)


@SEEDS
def test_cirq(seed: int) -> None:
    circuit = cirq_circuit(random.Random(seed))
    ours = sampled(circuit)
    theirs = cirq.Simulator(seed=3).run(circuit, repetitions=CIRQ_SHOTS).measurements
    assert ours.keys() == {f"m_{key}" for key in theirs}
    for key, rows in theirs.items():
        assert agree(ours[f"m_{key}"], counted(rows)), key


def pennylane_operation(rng: random.Random, wires: list[Any]) -> Any:
    one, two, three = rng.sample(wires, 3)
    a, b, c = (rng.uniform(-3, 3) for _ in range(3))
    makers = [
        lambda: qml.Rot(a, b, c, one),
        lambda: qml.U2(a, b, one),
        lambda: qml.PhaseShift(a, one),
        lambda: qml.SX(one),
        lambda: qml.adjoint(qml.S(one)),
        lambda: qml.ctrl(qml.RX(a, one), [two, three], control_values=[0, 1]),
        lambda: qml.ISWAP([one, two]),
        lambda: qml.IsingXY(a, [one, two]),
        lambda: qml.CRot(a, b, c, [one, two]),
        lambda: qml.PauliRot(a, "XYZ", [one, two, three]),
        lambda: qml.MultiControlledX([one, two, three]),
        lambda: qml.QubitUnitary(np.asarray(random_unitary(4, seed=rng.randrange(99))), [one, two]),
        lambda: qml.DoubleExcitation(a, wires) if len(wires) == 4 else qml.ECR([one, two]),
        lambda: qml.SingleExcitation(np.float64(a), [one, two]),
        lambda: qml.Barrier(wires),
        lambda: qml.GlobalPhase(a),
    ]
    return rng.choice(makers)()


@SEEDS
def test_pennylane(seed: int) -> None:
    rng = random.Random(seed)
    wires: list[Any] = rng.sample([0, 1, 2, "a", 7], 4)

    def function() -> Any:
        for _ in range(5):
            pennylane_operation(rng, wires[:3])
        if flip:
            qml.cond(qml.measure(wires[1]), qml.Hadamard)(wires[0])
        return qml.counts()

    flip, state = rng.random() < 0.5, rng.getstate()
    node = qml.QNode(function, qml.device("default.qubit", wires=wires, seed=3), shots=SHOTS)
    rng.setstate(state)
    ours = sampled(node)
    rng.setstate(state)
    theirs = {str(key): int(count) for key, count in node().items()}
    assert agree(ours["c"], theirs), (ours["c"], theirs)


FIXED = [OpType.X, OpType.SX, OpType.SXdg, OpType.V, OpType.Vdg, OpType.CX, OpType.CSX, OpType.CV, OpType.ECR]
FIXED += [
    OpType.CS,
    OpType.CSdg,
    OpType.ISWAPMax,
    OpType.ZZMax,
    OpType.Sycamore,
    OpType.CCX,
    OpType.BRIDGE,
    OpType.CSWAP,
]
ANGLED = {OpType.Rx: 1, OpType.U1: 1, OpType.U2: 2, OpType.U3: 3, OpType.TK1: 3, OpType.PhasedX: 2, OpType.CRz: 1}
ANGLED |= {OpType.CU3: 3, OpType.XXPhase: 1, OpType.ZZPhase: 1, OpType.YYPhase: 1, OpType.TK2: 3, OpType.ISWAP: 1}
ANGLED |= {OpType.FSim: 2, OpType.PhasedISWAP: 2, OpType.ESWAP: 1, OpType.NPhasedX: 2, OpType.CnRy: 1, OpType.GPI2: 1}
WIDE = {OpType.CCX: 3, OpType.BRIDGE: 3, OpType.CSWAP: 3, OpType.CnRy: 3, OpType.NPhasedX: 2}


def pytket_circuit(rng: random.Random) -> tuple[Any, list[Any]]:
    circuit = PytketCircuit()
    qubits = circuit.add_q_register(rng.choice(["q", "h", "ctrl"]), 3).to_list()
    register = circuit.add_c_register(rng.choice(["m", "output", "x", "pi"]), 2)
    last = circuit.add_c_register("last", 3)

    def add(**condition: Any) -> None:
        kind = rng.choice([*FIXED, *ANGLED])
        values = [rng.uniform(-2, 2) for _ in range(ANGLED.get(kind, 0))]
        try:
            circuit.add_gate(kind, values, rng.sample(qubits, WIDE.get(kind, 1)), **condition)
        except RuntimeError:
            circuit.add_gate(kind, values, rng.sample(qubits, 2), **condition)

    for _ in range(5):
        add()
    circuit.add_barrier([*qubits[:2], register[0]])
    circuit.Measure(qubits[0], register[0]).Measure(qubits[1], register[1])
    if rng.random() < 0.5:
        bits = [*register.to_list()]
        rng.shuffle(bits)
        add(condition_bits=bits, condition_value=rng.randrange(4))
    for qubit, bit in zip(qubits, last.to_list(), strict=True):
        circuit.Measure(qubit, bit)
    return circuit, [register, last]


@pytest.mark.filterwarnings("ignore")
@SEEDS
def test_pytket(seed: int) -> None:
    circuit, registers = pytket_circuit(random.Random(seed))
    ours = sampled(circuit)
    distribution = pytket_reference(circuit, registers)
    assert ours.keys() == distribution.keys()
    for name, counts in distribution.items():
        assert agree(ours[name], counts), name


def pytket_reference(circuit: Any, registers: list[Any]) -> dict[str, dict[str, int]]:
    """Exact, branch by branch, with pytket's own matrices of its gates."""
    qubits, bits = circuit.qubits, [bit for register in registers for bit in register.to_list()]
    branches: list[tuple[dict[Any, int], Any]] = [
        (dict.fromkeys(bits, 0), np.eye(1, 2 ** len(qubits))[0].astype(complex))
    ]
    for command in circuit.get_commands():
        operation, units = command.op, list(command.args)
        if operation.type == OpType.Barrier:
            continue
        if operation.type == OpType.Measure:
            place = qubits.index(units[0])
            split = []
            for memory, state in branches:
                ones = np.arange(len(state)) >> (len(qubits) - 1 - place) & 1
                split += [({**memory, units[1]: value}, np.where(ones == value, state, 0)) for value in (0, 1)]
            branches = split
            continue
        condition, value = [], 0
        if operation.type == OpType.Conditional:
            condition, units = units[: operation.width], units[operation.width :]
            value, operation = operation.value, operation.op
        alone = PytketCircuit()
        for qubit in qubits:
            alone.add_qubit(qubit)
        matrix = alone.add_gate(operation, units).get_unitary()
        branches = [
            (
                memory,
                matrix @ state if all(memory[bit] == value >> at & 1 for at, bit in enumerate(condition)) else state,
            )
            for memory, state in branches
        ]
    found: dict[str, Counter[str]] = {register.name: Counter() for register in registers}
    for memory, state in branches:
        for register in registers:
            key = "".join(str(memory[bit]) for bit in register.to_list())
            found[register.name][key] += round(float(np.vdot(state, state).real) * SHOTS)
    return {name: {key: count for key, count in counts.items() if count} for name, counts in found.items()}


BRAKET = {
    "h": 0,
    "v": 0,
    "ti": 0,
    "prx": 2,
    "gpi2": 1,
    "rx": 1,
    "u": 3,
    "iswap": 0,
    "xy": 1,
    "ms": 3,
    "ecr": 0,
    "pswap": 1,
}
TWO = {"iswap", "xy", "ms", "ecr", "pswap"}


@pytest.mark.filterwarnings("ignore")
@SEEDS
def test_braket(seed: int) -> None:
    rng = random.Random(seed)
    circuit = BraketCircuit()
    for qubit in range(4):
        circuit.h(qubit)
    for _ in range(5):
        name = rng.choice(sorted(BRAKET))
        places = rng.sample(range(4), 4)
        wide = 2 if name in TWO else 1
        controls = rng.randrange(3 - (wide == 2))
        more: dict[str, Any] = {"power": rng.choice([1, 2, -1, 0.5])}
        if controls:
            more["control"] = places[wide : wide + controls]
            more["control_state"] = [rng.randrange(2) for _ in range(controls)]
        getattr(circuit, name)(*places[:wide], *(rng.uniform(-3, 3) for _ in range(BRAKET[name])), **more)
    circuit.measure(rng.sample(range(4), 3))
    theirs = LocalSimulator().run(circuit, shots=SHOTS).result().measurement_counts
    assert agree(sampled(circuit)["b"], dict(theirs))


def test_a_gate_with_the_name_of_another_and_every_open_control_are_what_they_are() -> None:
    for name, gate in get_standard_gate_name_mapping().items():
        if not hasattr(gate, "control") or gate.num_qubits == 0 or gate.num_qubits > 3:
            continue
        values = [0.3, 0.4, 0.5, 0.6][: len(gate.params)]
        plain = gate.base_class(*values) if values else gate
        controlled = plain.control(1, ctrl_state=0)
        circuit = QuantumCircuit(controlled.num_qubits, controlled.num_qubits)
        circuit.h(range(controlled.num_qubits))
        circuit.append(controlled, range(controlled.num_qubits))
        circuit.h(range(controlled.num_qubits))
        circuit.measure(range(controlled.num_qubits), range(controlled.num_qubits))
        if name in {"h", "rx", "iswap", "cu"}:
            reference = AER.run(circuit.decompose(reps=4), shots=SHOTS).result().get_counts()
            assert agree(sampled(circuit)["c"], {key[::-1]: count for key, count in reference.items()}), name
        else:
            assert "measure" in program_text(circuit)
