"""The engine `qat`: what OQC's own compiler answers, and that Aer answers in the same shape."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from compiler_config.config import (
    CompilerConfig,
    ErrorMitigationConfig,
    MetricsType,
    QuantumResultsFormat,
    Tket,
    TketOptimizations,
)

from qcaas_sdk import JobState, OqcSdk
from qcaas_sdk.local import DEFAULT_QPU_ID, Calibration, EngineName, LocalQpu, LocalSettings, QubitCalibration
from qcaas_sdk.local.simulator import engines
from qcaas_sdk.local.simulator import process as processes
from qcaas_sdk.local.simulator.engines import aer
from qcaas_sdk.local.simulator.process import SimulatorProcess
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskErrorCode
from tests.local import test_qasm_files as collection
from tests.local.asking import exchange
from tests.local.qat import qat_process
from tests.local.reference.exact import bound
from tests.local.reference.noise import NoisyQubit, bell
from tests.local.service import BELL, service

pytestmark = [
    pytest.mark.published,
    pytest.mark.xdist_group("qat"),
    pytest.mark.skipif(sys.version_info >= (3, 13), reason="there is no qat-compiler for this Python"),
]

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
NOTHING_OPTIMISED = Tket(TketOptimizations.Empty)


def qir(label: str = "null") -> str:
    """Two qubits, of which the first is flipped; both are recorded, under a label or none."""
    return rf"""; ModuleID = 'flip'
%Qubit = type opaque
%Result = type opaque
@0 = internal constant [4 x i8] c"out\00"
define void @main() #0 {{
  call void @__quantum__qis__x__body(%Qubit* null)
  call void @__quantum__qis__mz__body(%Qubit* null, %Result* null)
  call void @__quantum__qis__mz__body(%Qubit* inttoptr (i64 1 to %Qubit*), %Result* inttoptr (i64 1 to %Result*))
  call void @__quantum__rt__result_record_output(%Result* null, i8* {label})
  call void @__quantum__rt__result_record_output(%Result* inttoptr (i64 1 to %Result*), i8* null)
  ret void
}}
declare void @__quantum__qis__x__body(%Qubit*)
declare void @__quantum__qis__mz__body(%Qubit*, %Result*)
declare void @__quantum__rt__result_record_output(%Result*, i8*)
attributes #0 = {{ "entry_point" "required_num_qubits"="2" "required_num_results"="2" }}
"""


LABELLED = "getelementptr inbounds ([4 x i8], [4 x i8]* @0, i32 0, i32 0)"


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    """One process for all tests here: QAT takes seconds to load."""
    process = qat_process()
    yield process
    process.kill()
    process.join()


@pytest.fixture(scope="module")
def qat(process: SimulatorProcess) -> "Qat":
    return Qat(process)


class Qat:
    def __init__(self, process: SimulatorProcess) -> None:
        self._process = process

    def ask(
        self, program: str, config: CompilerConfig | None = None, **changes: int | str | None
    ) -> Simulation | SimulationFailure:
        return exchange(self._process, request(program, config, **changes))

    def run(self, program: str, config: CompilerConfig | None = None, **changes: int | str | None) -> Simulation:
        outcome = self.ask(program, config, **changes)
        assert isinstance(outcome, Simulation), outcome
        return outcome

    def refusal(
        self, program: str, config: CompilerConfig | None = None, **changes: int | str | None
    ) -> SimulationFailure:
        outcome = self.ask(program, config, **changes)
        assert isinstance(outcome, SimulationFailure), outcome
        return outcome


def request(program: str, config: CompilerConfig | None = None, **changes: int | str | None) -> SimulationRequest:
    text = None if config is None else config.to_json()
    return SimulationRequest(
        program,
        text,
        **{"qubits": 8, "max_shots": 100_000, "seed": 11, **changes},
    )


def counts(shots: int, **more: object) -> CompilerConfig:
    return CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count(), **more)


FORMATS = {
    "no format": QuantumResultsFormat(),
    "counts": QuantumResultsFormat().binary_count(),
    "raw": QuantumResultsFormat().raw(),
    "binary": QuantumResultsFormat().binary(),
    "squashed": QuantumResultsFormat().squash_binary_result_arrays(),
}
# Outcomes that are certain; then the answers can be compared as they are.
PROGRAMS = {
    "one qubit": f"{QASM2}qreg q[1];creg c[1];x q[0];measure q -> c;",
    "the second of two": f"{QASM2}qreg q[2];creg c[2];x q[1];measure q -> c;",
    "wires crossed": f"{QASM2}qreg q[3];creg c[3];x q[0];measure q[0]->c[2];measure q[1]->c[0];measure q[2]->c[1];",
    "two registers": f"{QASM2}qreg q[3];creg a[2];creg b[1];x q[1];measure q[0]->a[0];measure q[1]->b[0];"
    "measure q[2]->a[1];",
    "bits that nothing writes": f"{QASM2}qreg q[2];creg c[3];creg d[2];x q[1];measure q[0]->c[0];measure q[1]->c[2];",
    "bits of no register": f"{QASM3}qubit[2] q;bit[1] c;bit yes;x q[0];yes = measure q[0];c[0] = measure q[1];",
}
KNOWN = {
    ("the second of two", "no format"): {"c": [0, 1]},
    ("the second of two", "counts"): {"c": {"01": 4}},
    ("the second of two", "raw"): {"c": [[1.0] * 4, [-1.0] * 4]},
    ("the second of two", "binary"): {"c": [0, 1]},
    ("the second of two", "squashed"): {"c": "01"},
    ("bits that nothing writes", "counts"): {"c": {"001": 4}, "d": {"00": 4}},
    ("bits that nothing writes", "raw"): {"c": [[1.0] * 4, 0, [-1.0] * 4], "d": [0, 0]},
}


ALIKE = QubitCalibration(reads_1_for_0=0.03, reads_0_for_1=0.08)
LINE = Calibration((ALIKE,) * 3, {(0, 1): 0.05, (1, 2): 0.05})


class TestNoise:
    """The compiled circuit has the errors of the device, and QAT places and routes it on the device's pairs."""

    def test_a_noisy_bell_pair_is_that_of_its_density_matrix(self, qat: "Qat") -> None:
        alike = NoisyQubit(1e15, 1e15, 0.0, 0.03, 0.08)
        expected = bell(alike, alike, 0.05, 50, 500)
        found = qat.run(BELL, counts(100_000), qubits=3, noise=LINE.to_text()).results["c"]
        distance = 0.5 * sum(abs(found[key] / 100_000 - share) for key, share in expected.items())
        assert distance <= bound(4, 100_000, 1e9)

    def test_readout_is_mitigated(self, qat: "Qat") -> None:
        config = counts(100_000, error_mitigation=ErrorMitigationConfig.MatrixMitigation)
        program = f"{QASM2}qreg q[2];creg c[2];x q[0];measure q[0]->c[1];measure q[1]->c[0];"
        results = qat.run(program, config, qubits=3, noise=LINE.to_text()).results
        assert results["c"]["01"] < 93_000
        assert results["matrix_readout_mitigation"]["01"] == pytest.approx(1.0, abs=0.02)

    def test_without_noise_mitigation_is_refused(self, qat: "Qat") -> None:
        config = counts(100, error_mitigation=ErrorMitigationConfig.MatrixMitigation)
        assert qat.refusal(BELL, config).code is TaskErrorCode.BAD_CONFIG

    def test_pairs_are_those_of_the_calibration(self, qat: "Qat") -> None:
        perfect = Calibration((QubitCalibration(),) * 3, {(0, 1): 0.0, (1, 2): 0.0}).to_text()
        apart = f"{QASM2}qreg q[3];creg c[3];x q[0];cx q[0],q[2];measure q->c;"
        assert qat.run(apart, counts(50), qubits=3, noise=perfect).results == {"c": {"101": 50}}
        refusal = qat.refusal(apart, counts(50, optimizations=NOTHING_OPTIMISED), qubits=3, noise=perfect)
        assert "not neighbours on this QPU" in refusal.message
        # On the ring without noise they are neighbours.
        assert qat.run(apart, counts(50, optimizations=NOTHING_OPTIMISED), qubits=3).results == {"c": {"101": 50}}


class TestTheShapeOfAnswers:
    """Every answer of QAT, and Aer's beside it: they are equal."""

    @pytest.mark.parametrize("wanted", FORMATS)
    @pytest.mark.parametrize("program", PROGRAMS)
    def test_is_one(self, qat: Qat, program: str, wanted: str) -> None:
        config = CompilerConfig(repeats=4, results_format=FORMATS[wanted])
        text = PROGRAMS[program]
        ours, theirs = aer.simulate(request(text, config)).results, qat.run(text, config).results
        assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)  # 1 and 1.0 are not the same
        if (program, wanted) in KNOWN:
            assert theirs == KNOWN[program, wanted]

    @pytest.mark.parametrize(("wanted", "expected"), [("counts", {"c": {"01": 1}}), ("raw", {"c": [1.0, -1.0]})])
    def test_is_one_for_a_single_shot(self, qat: Qat, wanted: str, expected: object) -> None:
        config = CompilerConfig(repeats=1, results_format=FORMATS[wanted])
        text = PROGRAMS["the second of two"]
        assert aer.simulate(request(text, config)).results == qat.run(text, config).results == expected

    @pytest.mark.parametrize("wanted", ["no format", "binary", "squashed"])
    def test_a_single_shot_is_too_little_for_the_majority_of_qat(self, qat: Qat, wanted: str) -> None:
        config = CompilerConfig(repeats=1, results_format=FORMATS[wanted])
        refusal = qat.refusal(PROGRAMS["the second of two"], config)
        assert refusal.code == TaskErrorCode.BAD_CONFIG
        assert "more than one shot" in refusal.message
        assert aer.simulate(request(PROGRAMS["the second of two"], config)).results in ({"c": [0, 1]}, {"c": "01"})

    def test_without_a_config_there_are_1000_counts(self, qat: Qat) -> None:
        text = PROGRAMS["two registers"]
        assert qat.run(text).results == aer.simulate(request(text)).results == {"a": {"00": 1000}, "b": {"1": 1000}}

    def test_a_draw_is_a_1(self, qat: Qat) -> None:
        text = f"{QASM2}qreg q[1];creg c[1];h q[0];measure q -> c;"
        raw = CompilerConfig(repeats=2, results_format=QuantumResultsFormat().raw())
        binary = CompilerConfig(repeats=2, results_format=QuantumResultsFormat().binary())
        for run in (qat.run, lambda *a, **k: aer.simulate(request(*a, **k))):
            seed = next(seed for seed in range(50) if sum(run(text, raw, seed=seed).results["c"][0]) == 0)
            assert run(text, binary, seed=seed).results == {"c": [1]}

    def test_metrics_have_the_same_names(self, qat: Qat) -> None:
        for wanted in (MetricsType.Default, MetricsType.Empty):
            theirs = qat.run(BELL, counts(5, metrics=wanted)).metrics
            ours = aer.simulate(request(BELL, counts(5, metrics=wanted))).metrics
            assert set(ours) == set(theirs)
            assert {name for name in ours if ours[name] is None} == {name for name in theirs if theirs[name] is None}
        assert theirs["optimized_circuit"] is None


class TestPrograms:
    @pytest.mark.skipif(not collection.FILES, reason=f"THE CIRCUITS ARE NOT THERE: {collection.FOLDER}")
    @pytest.mark.parametrize("file", collection.FILES, ids=lambda file: file.stem)
    def test_counts_agree_with_exact_probabilities(self, qat: Qat, file: Path) -> None:
        program = file.read_text()
        collection.check(qat.run(program, counts(collection.SHOTS)).results, collection.exact(program))

    def test_raw_readings_of_two_qubits_belong_together(self, qat: Qat) -> None:
        config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().raw())
        first, second = qat.run(BELL, config).results["c"]
        assert first == second
        assert {-1.0, 1.0} == set(first)

    def test_a_seed_makes_counts_repeat(self, qat: Qat) -> None:
        results = [qat.run(BELL, seed=seed).results for seed in (1, 1, 2)]
        assert results[0] == results[1] != results[2]

    def test_more_shots_than_the_chip_takes_at_once(self, qat: Qat) -> None:
        assert sum(qat.run(BELL, counts(100_000)).results["c"].values()) == 100_000

    def test_qir_names_its_result_or_not(self, qat: Qat) -> None:
        assert qat.run(qir(LABELLED), counts(10)).results == {"out": {"10": 10}}
        assert qat.run(qir(), counts(10)).results == {"10": 10}
        assert qat.run(qir(), CompilerConfig(results_format=QuantumResultsFormat().binary())).results == [1, 0]

    def test_what_is_too_large_for_a_statevector_may_be_little_entangled(self, qat: Qat) -> None:
        chain = "".join(f"cx q[{i}],q[{i + 1}];" for i in range(15))
        program = f"{QASM2}qreg q[16];creg c[16];ry(1.0) q[0];{chain}measure q -> c;"
        simulation = qat.run(program, qubits=16, memory_limit_bytes=1 << 19)
        assert simulation.metrics["method"] == "matrix_product_state"
        assert set(simulation.results["c"]) == {"0" * 16, "1" * 16}


class TestOptimisations:
    APART = f"{QASM2}qreg q[6];creg c[6];x q[0];cx q[0],q[3];measure q -> c;"

    @pytest.mark.parametrize("level", [None, TketOptimizations.One, TketOptimizations.Two])
    def test_route_between_qubits_that_are_no_neighbours(self, qat: Qat, level: TketOptimizations | None) -> None:
        simulation = qat.run(self.APART, counts(20, optimizations=None if level is None else Tket(level)))
        assert simulation.results == {"c": {"100100": 20}}
        assert "node[" in simulation.metrics["optimized_circuit"]

    def test_switched_off_leave_the_program_as_it_is(self, qat: Qat) -> None:
        simulation = qat.run(BELL, counts(20, optimizations=NOTHING_OPTIMISED))
        assert simulation.metrics["optimized_circuit"].strip() == BELL.strip()
        refusal = qat.refusal(self.APART, counts(20, optimizations=NOTHING_OPTIMISED))
        assert refusal.code == TaskErrorCode.UNSUPPORTED_INSTRUCTION
        assert "qubits 0 and 3 are not neighbours" in refusal.message

    def test_instructions_are_counted_in_pulses(self, qat: Qat) -> None:
        assert qat.run(BELL).metrics["optimized_instruction_count"] > 2 * 4


class TestRefusals:
    @pytest.mark.parametrize(
        ("program", "code", "part"),
        [
            (" \n", TaskErrorCode.SYNTAX, "empty"),
            ("hello", TaskErrorCode.UNSUPPORTED_LANGUAGE, "OPENQASM 2.0;"),
            (f"{QASM2}qreg q[2];\nfoo q[0];", TaskErrorCode.SYNTAX, "line 4, column 0: 'foo' is not defined"),
            ("OPENQASM 3.0;\nqubit[2] q\nqubit[2] r;", TaskErrorCode.SYNTAX, "Invalid QASM 3 syntax"),
            ("; ModuleID\ndefine @__quantum__qis__x__body", TaskErrorCode.SYNTAX, "QIR"),
            (f"{QASM2}qreg q[2];h q;", TaskErrorCode.NO_MEASUREMENT, "measure"),
            (f"{QASM2}qreg q[9];creg c[1];x q[8];measure q[8]->c[0];", TaskErrorCode.TOO_MANY_QUBITS, "9 qubits"),
            (f"{QASM3}qubit[8] q;qubit r;bit c;c = measure r;", TaskErrorCode.TOO_MANY_QUBITS, "this QPU has 8"),
            (f"{QASM3}qubit[0x9] q;bit c;c = measure q[0];", TaskErrorCode.TOO_MANY_QUBITS, "9 qubits"),
            (f"{QASM3}const int n = 9;qubit[n] q;bit c;c = measure q[0];", TaskErrorCode.TOO_MANY_QUBITS, "9 qubits"),
            (qir().replace('qubits"="2"', 'qubits"="9"'), TaskErrorCode.TOO_MANY_QUBITS, "9 qubits"),
            (
                f"{QASM2}qreg q[1];creg c[1];creg d[1];measure q->c;x q[0];measure q->d;",
                TaskErrorCode.UNSUPPORTED_INSTRUCTION,
                "No mid-circuit measurements allowed",
            ),
            (
                f"{QASM2}qreg q[1];creg c[1];measure q->c;if(c==1) x q[0];measure q->c;",
                TaskErrorCode.UNSUPPORTED_INSTRUCTION,
                "If's are currently unable to be used",
            ),
        ],
    )
    def test_a_program_that_cannot_run(self, qat: Qat, program: str, code: TaskErrorCode, part: str) -> None:
        refusal = qat.refusal(program)
        assert part in refusal.message
        assert refusal.code == code

    @pytest.mark.parametrize("text", ["{path}", "{path}\n", "OPENQASM 3.0; // {path}", "@__quantum__qis {path}"])
    def test_no_file_of_the_machine_is_read(self, qat: Qat, tmp_path: Path, text: str) -> None:
        (tmp_path / "secret.qasm").write_text(f"{QASM2}qreg q[1];creg secret[1];measure q -> secret;")
        assert "secret[" not in qat.refusal(text.format(path=tmp_path / "secret.qasm")).message

    @pytest.mark.parametrize("header", ["OPENQASM 2.0;", "OPENQASM 3.0;"])
    def test_no_file_of_the_machine_is_included(self, qat: Qat, header: str) -> None:
        assert "can be included" in qat.refusal(f'{header}\ninclude "/etc/hostname";').message

    def test_a_config_that_the_chip_cannot_fulfil(self, qat: Qat) -> None:
        assert qat.refusal(BELL, counts(100_001)).code == TaskErrorCode.TOO_MANY_SHOTS
        assert qat.refusal(BELL, CompilerConfig(repeats=0)).code == TaskErrorCode.BAD_CONFIG

    def test_a_refusal_does_not_spoil_the_next_run(self, qat: Qat) -> None:
        qat.refusal("hello")
        assert set(qat.run(BELL).results["c"]) == {"00", "11"}


class TestTheDoor:
    @pytest.fixture(autouse=True)
    def idle(self, process: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> list[SimulatorProcess]:
        """The process of this module waits for the service to take it."""
        waiting = [process]
        monkeypatch.setattr(engines, "find_spec", lambda name: name)
        monkeypatch.setattr(processes, "idle", waiting)
        return waiting

    async def test_a_run_from_reservation_to_counts(self, idle: list[SimulatorProcess]) -> None:
        async with service(LocalSettings(engine=EngineName.QAT, seed=1)) as local:
            features = json.loads((await local.get(f"/admin/qpu/{DEFAULT_QPU_ID}"))["feature_set"])
            assert features["engine"] == "qat"
            assert "QIR" in features["languages"]
            info = await local.run(BELL)
        assert info["status"] == "COMPLETED"
        assert set(info["results"]["c"]) == {"00", "11"}
        assert list(info["timings"]) == ["created", "submitted", "running", "completed"]
        assert info["execution_metadata"]["optimized_circuit"].startswith("OPENQASM 2.0")
        assert len(idle) == 1  # it was given back

    async def test_a_job_like_any_other(self) -> None:
        async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(qubits=5),)), engine="qat") as sdk:
            jobs = sdk.create_job(program=[BELL, "hello", qir(LABELLED)], check=False)
            await asyncio.wait_for(jobs.execute(), 120)
        bell, broken, flip = jobs.jobs
        assert set(bell.result.data["c"]) == {"00", "11"}
        assert broken.state is JobState.FAILED
        assert "OPENQASM 2.0;" in broken.error.error_message
        assert flip.result.data == {"out": {"10": 1000}}


def test_the_parent_has_loaded_nothing_of_qat(qat: Qat) -> None:
    qat.run(BELL)
    assert not {name for name in sys.modules if name.partition(".")[0] in {"qat", "qblox_instruments", "xdsl"}}
