"""The noise of the embedded QPU: counts and mitigation against theory, and what a QPU with noise refuses."""

from pathlib import Path
from typing import Any

import pytest
from compiler_config.config import (
    CompilerConfig,
    ErrorMitigationConfig,
    QuantumResultsFormat,
    Tket,
    TketOptimizations,
)
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error, thermal_relaxation_error

from qcaas_sdk import JobFailed, NotConnected, OqcSdk, TooManyQubits, TooManyShots
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.local import ApiVersion, Calibration, LocalQpu, LocalSettings, QubitCalibration
from qcaas_sdk.local.simulator.engines.aer import simulate
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode
from tests.local.reference.exact import bound
from tests.local.reference.noise import NoisyQubit, bell
from tests.local.service import BELL

SHOTS = 100_000
ONCE_IN = 1e9
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
NO_ROUTING = Tket(TketOptimizations.Empty)

TWO = Calibration(
    (QubitCalibration(0.02, 0.07, 0.01, 20.0, 15.0), QubitCalibration(0.05, 0.01, 0.002, 30.0, 50.0)),
    {(0, 1): 0.06},
    one_qubit_gate_ns=60,
    two_qubit_gate_ns=400,
)
LINE = Calibration((QubitCalibration(),) * 3, {(0, 1): 0.0, (1, 2): 0.0})
COIN = Calibration((QubitCalibration(0.5, 0.5),), {})
BAD_READOUT = Calibration((QubitCalibration(0.1, 0.2), QubitCalibration(0.05, 0.15)), {(0, 1): 0.0})


def run(program: str, noise: Any, seed: int = 3, shots: int = SHOTS, **config: Any) -> Simulation:
    qpu = LocalQpu(noise=noise)
    assert qpu.noise is not None
    config = {"results_format": QuantumResultsFormat().binary_count()} | config
    text = CompilerConfig(repeats=shots, **config).to_json()
    request = SimulationRequest(
        program, text, qubits=qpu.qubits, max_shots=SHOTS, seed=seed, noise=qpu.noise.to_text()
    )
    return simulate(request)


def distance(found: dict[str, float], expected: dict[str, float]) -> float:
    keys = found.keys() | expected.keys()
    return 0.5 * sum(abs(found.get(key, 0.0) - expected.get(key, 0.0)) for key in keys)


def shares(counts: dict[str, int]) -> dict[str, float]:
    return {key: times / sum(counts.values()) for key, times in counts.items()}


@pytest.mark.slow
class TestCountsAgainstTheory:
    @pytest.mark.parametrize("seed", range(3))
    def test_a_noisy_bell_pair_is_that_of_its_density_matrix(self, seed: int) -> None:
        expected = bell(
            NoisyQubit(20_000, 15_000, 0.01, 0.02, 0.07), NoisyQubit(30_000, 50_000, 0.002, 0.05, 0.01), 0.06, 60, 400
        )
        counts = run(BELL, TWO, seed).results["c"]
        allowed = bound(4, SHOTS, ONCE_IN)
        assert distance(shares(counts), expected) <= allowed
        # The noise is much larger than what sampling allows: the test could see a wrong one.
        assert distance({"00": 0.5, "11": 0.5}, expected) > 5 * allowed

    def test_a_gate_has_the_average_error_of_the_calibration(self) -> None:
        # 2000 gates on one qubit are what makes an error of 0.05 % visible: x and its error commute.
        error, gates = 0.0005, 2000
        lossy = Calibration((QubitCalibration(gate_error=error),), {})
        program = f"{QASM3}qubit q; bit c; {'x q; ' * gates}c = measure q;"
        zeros = shares(run(program, lossy, optimizations=NO_ROUTING).results["c"]).get("0", 0.0)
        # Depolarising by p = 2 * error each time leaves (1 - p)**gates of what the gates do.
        expected = (1 + (1 - 2 * error) ** gates) / 2
        assert abs(zeros - expected) <= bound(2, SHOTS, ONCE_IN)

    def test_relaxation_alone_is_not_made_smaller(self) -> None:
        # Relaxation in a gate as long as T1 is worse than the error that the calibration names.
        slow = Calibration((QubitCalibration(t1_us=1.0, t2_us=1.0),), {}, one_qubit_gate_ns=1000)
        ones = shares(run(f"{QASM3}qubit q; bit c; x q; c = measure q;", slow).results["c"])["1"]
        assert abs(ones - 0.36788) <= bound(2, SHOTS, ONCE_IN)

    def test_perfect_figures_make_no_noise(self) -> None:
        ideal = Calibration((QubitCalibration(),) * 2, {(0, 1): 0.0})
        assert run(BELL, ideal).results["c"].keys() == {"00", "11"}

    def test_a_model_of_aer_is_used_as_it_is(self) -> None:
        model = NoiseModel()
        model.add_quantum_error(depolarizing_error(0.4, 2), ["cx"], [0, 1])
        model.add_quantum_error(thermal_relaxation_error(50e3, 70e3, 50), ["sx"], [0])
        model.add_readout_error(ReadoutError([[0.9, 0.1], [0.2, 0.8]]), [1])
        program = f"{QASM3}qubit[2] q; bit[2] c; cx q[0], q[1]; c = measure q;"
        # 0.4 of the state is mixed; then qubit 1 is read wrongly.
        expected = {"00": 0.7 * 0.9 + 0.1 * 0.2, "01": 0.7 * 0.1 + 0.1 * 0.8, "10": 0.11, "11": 0.09}
        assert distance(shares(run(program, model).results["c"]), expected) <= bound(4, SHOTS, ONCE_IN)

    def test_conditions_follow_the_reading_with_its_errors(self) -> None:
        program = (
            f"{QASM3}qubit[2] q; bit[2] c; c[0] = measure q[0]; if (c[0] == 1) {{ x q[1]; }} c[1] = measure q[1];"
        )
        wrong = Calibration((QubitCalibration(0.3, 0.0), QubitCalibration()), {(0, 1): 0.0})
        found = shares(run(program, wrong, shots=20_000).results["c"])
        assert distance(found, {"00": 0.7, "11": 0.3}) <= bound(4, 20_000, ONCE_IN)


@pytest.mark.slow
class TestMitigation:
    @pytest.mark.parametrize("method", ["matrix", "linear"])
    def test_finds_what_a_perfect_readout_gives(self, method: str) -> None:
        program = (
            f"{QASM3}qubit[2] q; bit[2] c; ry(1.0) q[0]; cx q[0], q[1]; c[0] = measure q[1]; c[1] = measure q[0];"
        )
        flag = {"matrix": ErrorMitigationConfig.MatrixMitigation, "linear": ErrorMitigationConfig.LinearMitigation}
        results = run(program, BAD_READOUT, error_mitigation=flag[method]).results
        exact = {"00": 0.770151, "11": 0.229849}
        assert set(results) == {"c", f"{method}_readout_mitigation"}
        # The inverse stretches the distance by its norm, at most the product of those of the qubits.
        stretched = (1 / 0.7) * (1 / 0.8) * bound(4, SHOTS, ONCE_IN) * 1.4
        assert distance(results[f"{method}_readout_mitigation"], exact) <= stretched
        assert distance(shares(results["c"]), exact) > 2 * stretched

    def test_both_at_once_agree(self) -> None:
        both = ErrorMitigationConfig.MatrixMitigation | ErrorMitigationConfig.LinearMitigation
        results = run(BELL, TWO, error_mitigation=both).results
        assert results["matrix_readout_mitigation"] == pytest.approx(results["linear_readout_mitigation"])

    def test_the_readout_errors_of_a_model_of_aer_are_corrected(self) -> None:
        model = NoiseModel()
        model.add_all_qubit_readout_error(ReadoutError([[0.8, 0.2], [0.1, 0.9]]))
        model.add_readout_error(ReadoutError([[0.7, 0.3], [0.3, 0.7]]), [1])
        program = f"{QASM3}qubit[2] q; bit[2] c; x q[1]; c = measure q;"
        results = run(program, model, error_mitigation=ErrorMitigationConfig.MatrixMitigation).results
        assert distance(results["matrix_readout_mitigation"], {"01": 1.0}) <= 4 * bound(4, SHOTS, ONCE_IN)

    @pytest.mark.parametrize(
        ("body", "noise", "config", "message"),
        [
            ("bit c; bit d; c = measure q[0]; d = measure q[1];", TWO, {}, "one register, and the program has 2"),
            ("bit[2] c; c[0] = measure q[0]; if (c[0] == 1) { c[1] = measure q[1]; }", TWO, {}, "without conditions"),
            ("bit[2] c; c = measure q;", TWO, {"results_format": QuantumResultsFormat().raw()}, "needs counts"),
        ],
    )
    def test_refuses_what_it_cannot_correct(
        self, body: str, noise: Calibration, config: dict[str, Any], message: str
    ) -> None:
        config = {"error_mitigation": ErrorMitigationConfig.LinearMitigation} | config
        with pytest.raises(TaskError, match=message) as caught:
            run(f"{QASM3}qubit[2] q; {body}", noise, **config)
        assert caught.value.code is TaskErrorCode.BAD_CONFIG

    def test_refuses_a_readout_that_tells_nothing(self) -> None:
        with pytest.raises(TaskError, match="as good as a coin"):
            run(
                f"{QASM3}qubit q; bit c; c = measure q;",
                COIN,
                error_mitigation=ErrorMitigationConfig.LinearMitigation,
            )

    def test_refuses_more_bits_than_a_matrix_can_have(self) -> None:
        program = f"{QASM3}qubit[11] q; bit[11] c; c = measure q;"
        with pytest.raises(TaskError, match="at most 10 bits, and the register has 11"):
            run(program, "toshiko", error_mitigation=ErrorMitigationConfig.MatrixMitigation)

    async def test_counts_are_still_the_measured_ones(self) -> None:
        async with OqcSdk.local(noise=TWO) as sdk:
            outputs = await sdk.create_job(program=BELL, shots=500, error_mitigation="matrix").execute()
            assert sum(outputs.one.counts().values()) == 500
            assert sum(outputs.one.data["matrix_readout_mitigation"].values()) == pytest.approx(1.0)


class TestConnectivity:
    APART = f"{QASM3}qubit[3] q; bit[3] c; x q[0]; cx q[0], q[2]; c = measure q;"

    def test_programs_are_routed(self) -> None:
        assert run(self.APART, LINE).results == {"c": {"101": SHOTS}}

    def test_without_routing_other_pairs_are_refused(self) -> None:
        with pytest.raises(TaskError, match="qubits 0 and 2 are not neighbours") as caught:
            run(self.APART, LINE, optimizations=NO_ROUTING)
        assert caught.value.code is TaskErrorCode.UNSUPPORTED_INSTRUCTION

    def test_more_qubits_than_the_device_are_refused(self) -> None:
        with pytest.raises(TaskError, match="uses 3 qubits, and this QPU has 2"):
            run(self.APART, TWO)

    @pytest.mark.parametrize("branch", ["if (c[0] == 1)", "while (c[0] == 1)"])
    @pytest.mark.slow
    def test_a_program_that_branches_needs_memory_for_its_own_qubits_only(self, branch: str) -> None:
        device = Calibration((QubitCalibration(),) * 32, dict.fromkeys(Calibration.toshiko().pairs, 0.0))
        program = (
            f"{QASM3}qubit[3] q; bit[1] c; bit[2] d; x q[0]; c[0] = measure q[0]; "
            f"{branch} {{ x q[1]; cx q[1], q[2]; x q[0]; c[0] = measure q[0]; }} "
            "d[0] = measure q[1]; d[1] = measure q[2];"
        )
        assert run(program, device).results == {"c": {"0": SHOTS}, "d": {"11": SHOTS}}

    @pytest.mark.slow
    def test_the_errors_of_a_qubit_stay_its_own_if_a_program_branches(self) -> None:
        qubits = (QubitCalibration(), QubitCalibration(0.2, 0.1), QubitCalibration(), QubitCalibration(0.0, 0.4))
        device = Calibration(qubits, {(0, 1): 0.0, (1, 2): 0.0, (2, 3): 0.0})
        program = (
            f"{QASM3}qubit[4] q; bit[1] c; bit[2] d; x q[1]; x q[3]; d[0] = measure q[1]; "
            "d[1] = measure q[3]; c[0] = measure q[3]; if (c[0] == 1) { x q[3]; }"
        )
        found = run(program, device, optimizations=NO_ROUTING).results["d"]
        ones = [sum(times for bits, times in found.items() if bits[at] == "1") / SHOTS for at in range(2)]
        assert ones == pytest.approx([0.9, 0.6], abs=0.01)

    def test_a_program_without_one_circuit_is_refused(self) -> None:
        program = (
            f"{QASM3}qubit q; bit c; int n = 0; h q; c = measure q; while (c == 1) {{ n += 1; h q; c = measure q; }}"
        )
        with pytest.raises(TaskError, match="run it without noise"):
            run(program, LINE)

    @pytest.mark.parametrize("api", list(ApiVersion))
    async def test_the_check_before_submission_names_the_limit(self, api: ApiVersion) -> None:
        settings = LocalSettings(qpus=(LocalQpu(noise=LINE, max_shots=2000),), api=api)
        async with OqcSdk.local(settings) as sdk:
            with pytest.raises(TooManyShots, match="2,001 shots, but qpu:local:1:aer allows at most 2,000"):
                sdk.create_job(program=f"{QASM3}qubit q; bit c; c = measure q;", shots=2001)
            with pytest.raises(TooManyQubits, match="uses 4 qubits, but qpu:local:1:aer has 3") as small:
                sdk.create_job(program=f"{QASM3}qubit[4] q; bit[4] c; c = measure q;")
            assert (small.value.qubits, small.value.limit) == (4, 3)
            with pytest.raises(NotConnected, match="qubits 0 and 2, which are not connected") as apart:
                sdk.create_job(program=self.APART, optimize=0)
            assert apart.value.pair == (0, 2)
            unchecked = sdk.create_job(program=self.APART, optimize=0, check=False)
            with pytest.raises(JobFailed, match="not neighbours"):
                (await unchecked.execute()).one.counts()
            assert (await sdk.create_job(program=self.APART).execute()).one.counts() == {"101": 1000}
            assert (await sdk.get_features())["connectivity"] == [[0, 1], [1, 2]]


class TestSettings:
    def test_a_qpu_has_the_qubits_of_its_calibration(self) -> None:
        assert (LocalQpu().qubits, LocalQpu(noise=TWO).qubits, LocalQpu(noise="toshiko").qubits) == (32, 2, 32)
        small = LocalQpu(noise="toshiko", qubits=9)
        assert small.pairs == [(0, 1), (0, 8), *((at, at + 1) for at in range(1, 7))]
        assert isinstance(small.noise, Calibration)
        assert len(small.noise.qubits) == 9
        assert (0, 8) in small.noise.pairs
        assert (8, 9) not in small.noise.pairs

    def test_more_qubits_than_calibrated_are_refused(self) -> None:
        with pytest.raises(InvalidArgument, match="has 3 qubits, and its calibration has 2"):
            LocalQpu(noise=TWO, qubits=3)
        assert LocalSettings().with_noise(TWO).qpus[0].qubits == 2

    @pytest.mark.parametrize("noise", ["lucy", 3, object()])
    def test_something_else_is_refused(self, noise: object) -> None:
        with pytest.raises(InvalidArgument, match="noise"):
            LocalQpu(noise=noise)

    async def test_a_file_is_what_the_service_tells(self, tmp_path: Path) -> None:
        file = tmp_path / "calibration.yaml"
        file.write_text(
            "one_qubit:\n  '0': {T1: 20, T2: 15, fRO_0: 0.98, fRO_1: 0.93, fRB: 0.99}\n"
            "  '1': {T1: 30, T2: 50, fRO: 0.97, fRB: 0.998}\n"
            "two_qubit:\n  0-1: {ECR_f: 0.94}\n"
        )
        async with OqcSdk.local(noise=file) as sdk:
            told = await sdk.get_calibration()
        assert Calibration.of(told) == Calibration.read(file)
        assert told["two_qubit_gate_fidelity"] == pytest.approx(0.94)
        assert told["readout_fidelity"] == pytest.approx((0.955 + 0.97) / 2)
