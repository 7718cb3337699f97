"""Programs to counts: languages, gates, bit order, formats, and what cannot run."""

import json

import pytest
from compiler_config.config import CompilerConfig, MetricsType, QuantumResultsFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2
from qiskit.quantum_info import Operator

from qcaas_sdk.local.simulator import memory
from qcaas_sdk.local.simulator.engines.aer import simulate
from qcaas_sdk.local.simulator.programs import parse
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode
from tests.local.service import BELL, service
from tests.support.examples import scaled

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def run(program: str, config: CompilerConfig | None = None, *, memory_limit_bytes: int | None = None) -> Simulation:
    return simulate(
        SimulationRequest(
            program=program,
            config=None if config is None else config.to_json(),
            qubits=32,
            max_shots=10_000,
            seed=11,
            memory_limit_bytes=memory_limit_bytes,
        )
    )


def refusal(program: str, config: CompilerConfig | None = None, memory_limit_bytes: int | None = None) -> TaskError:
    with pytest.raises(TaskError) as caught:
        run(program, config, memory_limit_bytes=memory_limit_bytes)
    return caught.value


class TestBitOrder:
    def test_the_leftmost_character_is_bit_0(self) -> None:
        assert run(f"{QASM2}qreg q[3];creg c[3];x q[0];measure q -> c;").results == {"c": {"100": 1000}}

    def test_two_registers_are_two_keys(self) -> None:
        program = (
            f"{QASM2}qreg q[3];creg a[2];creg b[1];x q[1];measure q[0]->a[0];measure q[1]->a[1];measure q[2]->b[0];"
        )
        assert run(program).results == {"a": {"01": 1000}, "b": {"0": 1000}}

    @settings(max_examples=scaled(25), deadline=None)
    @given(st.lists(st.booleans(), min_size=1, max_size=6), st.permutations(range(6)))
    def test_any_basis_state_through_any_wiring(self, ones: list[bool], order: list[int]) -> None:
        flips = "".join(f"x q[{qubit}];" for qubit, one in enumerate(ones) if one)
        wires = [bit for bit in order if bit < len(ones)]
        measures = "".join(f"measure q[{qubit}] -> c[{bit}];" for qubit, bit in enumerate(wires))
        expected = "".join(str(int(ones[wires.index(bit)])) for bit in range(len(ones)))
        program = f"{QASM2}qreg q[{len(ones)}];creg c[{len(ones)}];{flips}{measures}"
        assert run(program).results == {"c": {expected: 1000}}


GATES = """
u3(.1,.2,.3) a|u2(.1,.2) a|u1(.1) a|u0(1) a|u(.1,.2,.3) a|p(.1) a|id a|x a|y a|z a|h a|s a|sdg a|t a|tdg a|rx(.1) a
ry(.1) a|rz(.1) a|sx a|sxdg a|r(.1,.2) a|cx a,b|cy a,b|cz a,b|ch a,b|swap a,b|crx(.1) a,b|cry(.1) a,b|crz(.1) a,b
cu1(.1) a,b|cp(.1) a,b|cu3(.1,.2,.3) a,b|cu(.1,.2,.3,.4) a,b|csx a,b|rxx(.1) a,b|rzz(.1) a,b|ryy(.1) a,b|rzx(.1) a,b
iswap a,b|ecr a,b|dcx a,b|cs a,b|csdg a,b|ccx a,b,c|ccz a,b,c|cswap a,b,c|rccx a,b,c|rc3x a,b,c,d|c3x a,b,c,d
c3sqrtx a,b,c,d|c4x a,b,c,d,e
"""


class TestOpenQasm2:
    @pytest.mark.parametrize("gate", GATES.strip().replace("\n", "|").split("|"))
    def test_the_gates_of_real_files(self, gate: str) -> None:
        name, _, qubits = gate.partition(" ")
        targets = ",".join(f"q[{'abcde'.index(letter)}]" for letter in qubits.split(","))
        program = f"{QASM2}qreg q[5];creg m[5];h q;{name} {targets};measure q -> m;"
        assert sum(run(program).results["m"].values()) == 1000

    def test_a_gate_of_the_program_wins_over_a_known_one_of_its_name(self) -> None:
        program = f"{QASM2}gate swap a,b {{ x a; }}\nqreg q[2];creg c[2];swap q[0],q[1];measure q -> c;"
        assert run(program).results == {"c": {"10": 1000}}

    def test_a_register_may_have_the_name_of_a_gate(self) -> None:
        program = f"{QASM2}qreg p[2];creg u[2];x p[1];measure p -> u;"
        assert run(program).results == {"u": {"01": 1000}}

    def test_a_file_may_define_its_gates_itself(self) -> None:
        program = "OPENQASM 2.0;\ngate h a { U(pi/2,0,pi) a; }\nqreg q[1];creg c[1];h q[0];h q[0];measure q -> c;"
        assert run(program).results == {"c": {"0": 1000}}

    def test_measurement_in_the_middle_reset_and_conditions(self) -> None:
        program = (
            f"{QASM2}qreg q[2];creg c[1];creg d[2];x q[0];measure q[0]->c[0];if(c==1) x q[1];reset q[0];measure q->d;"
        )
        assert run(program).results == {"c": {"1": 1000}, "d": {"01": 1000}}

    def test_comments_may_hold_anything(self) -> None:
        program = f'// include "/etc/hostname"; OPENQASM 3\n{BELL}// qreg q[999999];'
        assert set(run(program).results["c"]) == {"00", "11"}


class TestOpenQasm3:
    def test_counts(self) -> None:
        assert run(f"{QASM3}qubit[3] q;bit[3] c;x q[0];c = measure q;").results == {"c": {"100": 1000}}

    def test_bits_of_no_register_keep_their_names(self) -> None:
        program = f"{QASM3}qubit[2] q;bit[1] c;bit yes;bit no;x q[0];yes = measure q[0];no = measure q[1];c[0] = yes;"
        program = program.replace("c[0] = yes;", "c[0] = measure q[0];")
        assert run(program).results == {"c": {"1": 1000}, "yes": {"1": 1000}, "no": {"0": 1000}}

    def test_control_flow(self) -> None:
        program = f"{QASM3}qubit[2] q;bit[2] c;x q[0];c[0] = measure q[0];if (c[0]) {{ x q[1]; }}c[1] = measure q[1];"
        simulation = run(program)
        assert simulation.results == {"c": {"11": 1000}}
        assert "OPENQASM 3" in simulation.metrics["optimized_circuit"]

    def test_a_syntax_error_names_its_line(self) -> None:
        error = refusal("OPENQASM 3.0;\nqubit[2] q\nqubit[2] r;")
        assert error.code == TaskErrorCode.SYNTAX
        assert str(error).startswith("line 3, column 0:")

    def test_what_this_qpu_cannot_do_is_a_clear_error(self) -> None:
        error = refusal(f"{QASM3}qubit q;bit c;\ninput float t;\nrx(t) q;c = measure q;")
        assert error.code == TaskErrorCode.UNSUPPORTED_INSTRUCTION
        assert str(error).startswith("line 4, column 0: `input t`")


class TestFormats:
    ONE_OF_TWO = f"{QASM2}qreg q[2];creg c[2];x q[1];measure q -> c;"

    def test_without_a_config_there_are_1000_counts(self) -> None:
        assert run(self.ONE_OF_TWO).results == {"c": {"01": 1000}}

    def test_a_config_without_a_format_gives_a_bit_a_qubit(self) -> None:
        assert run(self.ONE_OF_TWO, CompilerConfig(repeats=5)).results == {"c": [0, 1]}

    def test_raw_gives_a_reading_of_every_shot(self) -> None:
        config = CompilerConfig(repeats=3, results_format=QuantumResultsFormat().raw())
        assert run(self.ONE_OF_TWO, config).results == {"c": [[1, 1, 1], [-1, -1, -1]]}

    def test_raw_readings_of_two_qubits_belong_together(self) -> None:
        config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().raw())
        first, second = run(BELL, config).results["c"]
        assert first == second
        assert {-1, 1} == set(first)

    def test_binary_gives_a_bit_a_qubit(self) -> None:
        config = CompilerConfig(results_format=QuantumResultsFormat().binary())
        assert run(self.ONE_OF_TWO, config).results == {"c": [0, 1]}

    def test_binary_can_be_squashed(self) -> None:
        config = CompilerConfig(results_format=QuantumResultsFormat().squash_binary_result_arrays())
        assert run(self.ONE_OF_TWO, config).results == {"c": "01"}

    def test_results_are_json(self) -> None:
        simulation = run(BELL)
        assert json.loads(json.dumps(simulation.results)) == simulation.results
        assert json.loads(json.dumps(simulation.metrics)) == simulation.metrics

    def test_metrics_are_empty_when_the_config_says_so(self) -> None:
        metrics = run(BELL, CompilerConfig(metrics=MetricsType.Empty)).metrics
        assert {name for name in metrics if metrics[name] is not None} == {"shots", "method", "seconds"}
        assert metrics["optimized_circuit"] is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("program", "code", "part"),
        [
            (" \n", TaskErrorCode.SYNTAX, "empty"),
            ("hello", TaskErrorCode.SYNTAX, "line 1"),
            (f"{QASM2}qreg q[2];\nfoo q[0];", TaskErrorCode.SYNTAX, "line 4, column 0: 'foo' is not defined"),
            (f"{QASM2}qreg q[2]\nh q;", TaskErrorCode.SYNTAX, "line 4"),
            (f"{QASM2}qreg q[2];h q;", TaskErrorCode.NO_MEASUREMENT, "measure"),
            ("OPENQASM 4.0;", TaskErrorCode.UNSUPPORTED_LANGUAGE, "OpenQASM 4"),
            ('; ModuleID = "bell"\ndefine void @main()', TaskErrorCode.UNSUPPORTED_LANGUAGE, "QIR"),
            ('OPENQASM 2.0;\ninclude "/etc/hostname";', TaskErrorCode.SYNTAX, "line 2"),
            ('OPENQASM 3.0;\ninclude "secrets.inc";', TaskErrorCode.SYNTAX, "secrets.inc"),
            ("OPENQASM 2.0;\nqreg q[999999999999999];", TaskErrorCode.TOO_MANY_QUBITS, "line 2"),
            (f"{QASM2}opaque magic a;qreg q[1];creg c[1];magic q[0];measure q->c;", None, "magic"),
        ],
    )
    def test_a_program_that_cannot_run(self, program: str, code: TaskErrorCode | None, part: str) -> None:
        error = refusal(program)
        assert part in str(error)
        assert error.code == (code or TaskErrorCode.UNSUPPORTED_INSTRUCTION)

    def test_more_qubits_than_the_qpu_has(self) -> None:
        error = refusal(f"{QASM2}qreg q[33];creg c[33];h q;measure q -> c;")
        assert error.code == TaskErrorCode.TOO_MANY_QUBITS
        assert "33" in str(error)
        assert "32" in str(error)

    def test_qubits_that_are_not_used_cost_nothing(self) -> None:
        program = f"{QASM2}qreg q[50];creg c[1];barrier q;h q[49];t q[49];measure q[49] -> c[0];"
        assert sum(run(program).results["c"].values()) == 1000

    def test_a_statevector_over_the_memory_is_refused_before_it_is_made(self) -> None:
        program = f"{QASM2}qreg q[20];creg c[20];h q;t q;measure q -> c;"
        error = refusal(program, memory_limit_bytes=1 << 20)
        assert error.code == TaskErrorCode.TOO_MUCH_MEMORY
        assert "20 qubits needs 20 MiB" in str(error)
        assert "1 MiB" in str(error)

    def test_a_clifford_program_needs_no_statevector(self) -> None:
        wires = "".join(f"cx q[{i}],q[{i + 1}];" for i in range(31))
        program = f"{QASM2}qreg q[32];creg c[32];h q[0];{wires}measure q -> c;"
        simulation = run(program, memory_limit_bytes=1 << 20)
        assert set(simulation.results["c"]) == {"0" * 32, "1" * 32}
        assert simulation.metrics["method"] == "stabilizer"

    @pytest.mark.skipif(memory.free_memory_bytes() > 1 << 40, reason="this machine may have the memory")
    def test_a_program_too_large_for_this_machine_is_refused(self) -> None:
        error = refusal(f"{QASM2}qreg q[32];creg c[32];h q;t q;measure q -> c;")
        assert error.code == TaskErrorCode.TOO_MUCH_MEMORY

    @pytest.mark.parametrize("repeats", [0, -1, 1.5, "many"])
    def test_repeats_must_be_a_number_above_0(self, repeats: object) -> None:
        assert refusal(BELL, CompilerConfig(repeats=repeats)).code == TaskErrorCode.BAD_CONFIG

    def test_more_shots_than_the_qpu_allows(self) -> None:
        error = refusal(BELL, CompilerConfig(repeats=10_001))
        assert error.code == TaskErrorCode.TOO_MANY_SHOTS
        assert "10000" in str(error)

    @pytest.mark.parametrize("config", ["{", "[]", '{"$type": "<class \'os.system\'>", "$data": {}}'])
    def test_a_config_that_is_none(self, config: str) -> None:
        with pytest.raises(TaskError) as caught:
            simulate(SimulationRequest(BELL, config, qubits=2, max_shots=10))
        assert caught.value.code == TaskErrorCode.BAD_CONFIG


class TestMeaning:
    @settings(max_examples=scaled(30), deadline=None)
    @given(st.integers(0, 10_000), st.integers(1, 4))
    def test_a_parsed_program_means_what_qiskit_wrote(self, seed: int, qubits: int) -> None:
        # Written by one tool, read by ours, and compared as matrices.
        circuit = QuantumCircuit(qubits)
        for step in range(8):
            kind = (seed // (step + 1)) % 4
            wire = (seed + step) % qubits
            if kind == 0 or qubits == 1:
                circuit.u(seed % 7, step, 0.3, wire)
            elif kind == 1:
                circuit.cp(0.1 * step, wire, (wire + 1) % qubits)
            else:
                circuit.rzz(0.2 * step, wire, (wire + 1) % qubits)
        assert Operator(parse(qasm2.dumps(circuit))).equiv(circuit)


def test_the_fence_makes_an_allocation_fail_and_goes_away() -> None:
    with memory.limited(64 << 20), pytest.raises(MemoryError):
        bytearray(512 << 20)
    assert len(bytearray(128 << 20)) == 128 << 20


@pytest.mark.parametrize(
    ("program", "counts"),
    [
        (
            'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[1]; if(c==0) x q[0]; measure q[1] -> c[0];',
            {"0": 1000},
        ),
        ('OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; if(c==0) measure q[0] -> c[0];', {"0": 1000}),
        (
            'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; '
            "while (!c[0]) { x q[0]; c[0] = measure q[0]; }",
            {"1": 1000},
        ),
        (
            'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; '
            "x q[0]; measure q[0] -> c[0]; if(c==1) x q[1];",
            {"10": 1000},
        ),
        (
            'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; measure q[1] -> c[1]; if(c==0) x q[0]; '
            "if(c==0) measure q[0] -> c[0]; if(c==1) h q[1];",
            {"10": 1000},
        ),
    ],
)
async def test_the_last_measurement_may_stand_within_or_before_control_flow(
    program: str, counts: dict[str, int]
) -> None:
    async with service() as local:
        info = await local.run(program)
        assert (info["status"], info["results"]) == ("COMPLETED", {"c": counts}), info["task_error"]


async def test_gates_that_expand_without_end_are_refused_by_name() -> None:
    gates = "".join(f"gate g{n} a {{ {f'g{n - 1} a; ' * 10}}}\n" for n in range(1, 12))
    text = f"OPENQASM 2.0;\ngate g0 a {{ U(0,0,0) a; }}\n{gates}qreg q[1]; creg c[1]; g11 q[0]; measure q -> c;"
    async with service() as local:
        info = await local.run(text)
        assert info["status"] == "FAILED"
        assert info["task_error"]["error_code"] == TaskErrorCode.TOO_SLOW
        assert "1,000,000 operations" in info["task_error"]["error_message"]


@pytest.mark.parametrize("size", ["0x40", "6_4", "32 * 2", "0b1000000"])
async def test_the_size_of_a_register_is_what_it_means(size: str) -> None:
    text = f'OPENQASM 3.0; include "stdgates.inc"; qubit[{size}] q; bit[64] c; h q; c = measure q;'
    async with service() as local:
        info = await local.run(text)
        assert info["task_error"]["error_code"] == TaskErrorCode.TOO_MANY_QUBITS
        assert "64 qubits" in info["task_error"]["error_message"]
