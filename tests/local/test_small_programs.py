"""Small programs, whose shots are drawn from probabilities: the same distribution as shot by shot, and one each."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qcaas_sdk.local.simulator.engines import aer, small_circuits
from qcaas_sdk.local.simulator.engines.sampling import is_ready, prepare
from qcaas_sdk.local.simulator.openqasm.standard_gates import QELIB1
from qcaas_sdk.local.simulator.programs import load
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError
from tests.local.service import BELL, slow_program

HEADER = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; '


def plain(program: str, seed: int | None = 1) -> SimulationRequest:
    return SimulationRequest(program, None, qubits=5, max_shots=1000, seed=seed)


def counts(outcome: Simulation | None) -> dict[str, int]:
    assert outcome is not None
    found: dict[str, int] = outcome.results["c"]
    return found


gates = st.one_of(
    st.builds("{} q[{}];".format, st.sampled_from(["h", "x", "s", "t", "rx(0.3)", "ry(1.1)"]), st.integers(0, 2)),
    st.permutations(range(3)).map(lambda pair: f"cx q[{pair[0]}], q[{pair[1]}];"),
)
measurements = st.permutations(range(3)).map(
    lambda order: " ".join(f"measure q[{qubit}] -> c[{bit}];" for bit, qubit in enumerate(order))
)


@settings(deadline=None)
@given(st.lists(gates, max_size=12), measurements)
def test_the_distribution_is_that_of_aer(steps: list[str], ends: str) -> None:
    program = HEADER + " ".join(steps) + ends
    assert aer.may_be_small(plain(program))
    ours = counts(aer.simulate_small([plain(program, 3)])[0])
    theirs = counts(aer.simulate(plain(program, 4)))
    outcomes = ours.keys() | theirs.keys()
    distance = sum(abs(ours.get(key, 0) - theirs.get(key, 0)) for key in outcomes) / 2000
    # Two samples of 1,000 shots: the bound fails once in 10**7 for the 8 outcomes.
    assert distance < math.sqrt((8 * math.log(2) + 7 * math.log(10)) / 1000)


numbers = st.recursive(
    st.one_of(st.integers(0, 9).map(str), st.floats(0.0, 7.0).map(repr), st.just("pi")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda parts: "({} {} {})".format(*parts)),
        inner.map("-{}".format),
        st.tuples(st.sampled_from(["sin", "cos", "tan", "exp", "ln", "sqrt"]), inner).map(
            lambda p: "{}({})".format(*p)
        ),
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(QELIB1)), st.data())
def test_both_readers_of_openqasm_2_mean_the_same(gate: str, data: st.DataObject) -> None:
    signature = QELIB1[gate]
    values = ", ".join(data.draw(numbers) for _ in range(signature.parameters))
    qubits = ", ".join(f"q[{n}]" for n in data.draw(st.permutations(range(5)))[: signature.qubits])
    turns = "".join(f"ry({0.3 + 0.4 * n}) q[{n}]; rz({0.2 + 0.3 * n}) q[{n}]; " for n in range(5))
    program = (
        f'OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; creg c[3]; creg d[2]; {turns}'
        f"{gate}{f'({values})' if values else ''} {qubits}; {turns}"
        "measure q[4] -> c[1]; measure q[0] -> d[0]; measure q[1] -> c[2]; measure q[2] -> d[1];"
    )
    theirs = small_circuits.read(program)
    assume(theirs is not None and is_ready(theirs))
    assert theirs is not None
    recorded = load(program).record()
    ours = prepare(recorded.circuit)
    circuits = [small_circuits.as_small(circuit) for circuit in (ours, theirs)]
    assert circuits[0] is not None
    if circuits[1] is None:
        return  # not small: the other reader is used
    layout = small_circuits.layout_of(theirs, circuits[1])
    assert {name: [bit is None for bit in bits] for name, bits in layout.registers.items()} == {
        name: [bit is None for bit in bits] for name, bits in recorded.layout.registers.items()
    }
    found = small_circuits.probabilities([circuit for circuit in circuits if circuit is not None])
    assert found is not None
    assert found[0] == pytest.approx(found[1], abs=1e-7)


def test_a_program_that_only_one_of_the_readers_takes_is_left_to_ours() -> None:
    assert small_circuits.read(HEADER + "rx(1e999) q[0];") is None
    assert small_circuits.read(HEADER + "r(1, 2) q[0];") is None
    assert small_circuits.read("OPENQASM 3.0; qubit q;") is None
    with pytest.raises(TaskError, match="can be included"):
        small_circuits.read('OPENQASM 2.0; include "/etc/passwd";')


def test_a_seed_gives_the_same_counts_in_any_group() -> None:
    alone = counts(aer.simulate_small([plain(BELL, 7)])[0])
    group = aer.simulate_small([plain(BELL, 1), plain(BELL, 7), plain(BELL, 2)])
    assert counts(group[1]) == alone
    assert counts(group[0]) != alone


def test_wrong_programs_leave_the_others_of_their_group_alone() -> None:
    results = aer.simulate_small([plain("nonsense"), plain(BELL), plain(HEADER + "h q[0];"), plain(BELL)])
    assert [result is None for result in results] == [True, False, True, False]


@pytest.mark.parametrize(
    "program",
    [
        HEADER + "measure q[0] -> c[0]; h q[0]; measure q[0] -> c[0];",
        HEADER + "h q[0]; reset q[0]; measure q -> c;",
        'OPENQASM 2.0; include "qelib1.inc"; qreg q[9]; creg c[9]; h q; measure q -> c;',
    ],
)
def test_programs_that_are_not_small(program: str) -> None:
    fits = SimulationRequest(program, None, qubits=20, max_shots=1000)
    assert aer.simulate_small([fits]) == [None]


@pytest.mark.parametrize(
    "program",
    [
        slow_program(),
        "OPENQASM 2.0; qreg q[100]; " + BELL,
        "OPENQASM 3.0; for int i in [0:9] { }",
        "OPENQASM 3.0; qubit[n] q;",
        "OPENQASM 2.0; gate g a { }",
        "OPENQASM 3.0; ctrl @ x q[0], q[1];",
        BELL + "//" + "x" * small_circuits.MAX_CHARACTERS,
    ],
)
def test_texts_that_can_take_long_to_read(program: str) -> None:
    assert not aer.may_be_small(plain(program))


def test_one_qubit_can_be_measured_into_several_bits() -> None:
    program = HEADER + "x q[1]; measure q[1] -> c[0]; measure q[1] -> c[2];"
    assert counts(aer.simulate_small([plain(program)])[0]) == {"101": 1000}


def test_the_last_measurement_into_a_bit_counts() -> None:
    program = HEADER + "x q[0]; measure q[0] -> c[0]; measure q[1] -> c[0];"
    assert counts(aer.simulate_small([plain(program)])[0]) == {"000": 1000}


def test_a_program_with_too_many_qubits_is_left_to_the_engine_to_refuse() -> None:
    assert aer.simulate_small([SimulationRequest(BELL, None, qubits=1, max_shots=1000)]) == [None]
