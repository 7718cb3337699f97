"""Calibrations: the shape of the file, what is refused, and by which message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.local import Calibration, QubitCalibration

# The example of the schema that Amazon Braket published for OQC's machines.
BRAKET: dict[str, Any] = {
    "braketSchemaHeader": {"name": "braket.device_schema.oqc.oqc_provider_properties", "version": "1"},
    "properties": {
        "one_qubit": {"0": {"T1": 12.2, "T2": 13.5, "fRO": 0.99, "fRB": 0.98, "EPE": 0.001}, "1": {"fRB": 0.97}},
        "two_qubit": {
            "1-0": {"coupling": {"control_qubit": 1, "target_qubit": 0}, "CLf": 0.9, "ECR_f": 0.95},
        },
    },
}


def test_the_published_shape_is_read() -> None:
    found = Calibration.of(BRAKET)
    assert found.qubits == (QubitCalibration(0.01, 0.01, 0.02, 12.2, 13.5), QubitCalibration(gate_error=0.03))
    assert found.pairs == {(0, 1): 0.05}
    assert Calibration.of({"provider": BRAKET, "service": {}}) == found


def test_json_and_yaml_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(BRAKET))
    (tmp_path / "b.yaml").write_text("one_qubit: {0: {T1: 10}}\ndurations_ns: {one_qubit: 30}\n")
    assert Calibration.read(tmp_path / "a.json") == Calibration.of(BRAKET)
    (tmp_path / "c.json").write_text('{"one_qubit": {"0": {"T1": 1e+1, "fRB": 9e-01}}}')
    assert Calibration.read(tmp_path / "c.json").qubits == (QubitCalibration(gate_error=0.1, t1_us=10.0),)
    found = Calibration.read(tmp_path / "b.yaml")
    assert (found.qubits, found.one_qubit_gate_ns, found.pairs) == ((QubitCalibration(t1_us=10.0),), 30, {})


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text("[" * 5000)
    with pytest.raises(InvalidArgument, match=r"deep.*cannot be read as a calibration"):
        Calibration.read(tmp_path / "deep.yaml")


errors = st.floats(0, 0.4)


@given(
    st.lists(st.builds(QubitCalibration, errors, errors, errors, st.floats(10, 90), st.floats(1, 20)), min_size=1),
    st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), errors),
)
def test_it_survives_its_text_and_its_published_shape(
    qubits: list[QubitCalibration], pairs: dict[tuple[int, int], float]
) -> None:
    fitting = {(a, b): error for (a, b), error in pairs.items() if a < b < len(qubits)}
    found = Calibration(tuple(qubits), fitting)
    assert Calibration.from_text(found.to_text()) == found
    again = Calibration.of(json.loads(json.dumps(found.published())))
    assert again.pairs == pytest.approx(found.pairs)
    for one, other in zip(again.qubits, found.qubits, strict=True):
        assert one.gate_error == pytest.approx(other.gate_error, abs=1e-9)
        assert one.reads_0_for_1 == pytest.approx(other.reads_0_for_1, abs=1e-9)
        assert (one.t1_us, one.t2_us) == (other.t1_us, other.t2_us)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "'one_qubit' is missing"),
        ([], "'one_qubit' is missing"),
        ({"one_qubit": {}}, "at least one qubit"),
        ({"one_qubit": {"1": {}}}, "must be the numbers 0 to 0"),
        ({"one_qubit": {"0": 3}}, "qubit 0 must be a mapping"),
        ({"one_qubit": {"0": {"t1": 9}}}, "qubit 0 has 't1': write 'T1'"),
        ({"one_qubit": {"0": {"fR0": 0.9}}}, "qubit 0 has 'fR0': write 'fRO'"),
        ({"one_qubit": {"0": {}}, "two_qubits": {}}, "the calibration has 'two_qubits': write 'two_qubit'"),
        ({"one_qubit": {"0": {}}, "two_qubit": {"0-1": {"ecr_f": 0.9}}}, "the pair 0-1 has 'ecr_f': write 'ECR_f'"),
        (
            {"one_qubit": {"0": {}}, "durations_ns": {"single": 9}},
            "durations_ns must be a mapping with one_qubit and",
        ),
        ({"one_qubit": {"0": {"T1": 5e-05}}}, "T1 of qubit 0 is 5e-05 µs, which is shorter than a gate of 50 ns"),
        ({"one_qubit": {"0": {"T1": 10**400}}}, "T1 of qubit 0 must be a number"),
        ({"one_qubit": {"0": {"fRO": 95}}}, "readout fidelity of qubit 0.*0.95 instead of 95"),
        ({"one_qubit": {"0": {"fRB": 0.2}}}, r"gate fidelity \(fRB\) of qubit 0"),
        ({"one_qubit": {"0": {"T1": 10, "T2": 21}}}, "T2 .21 µs. can be at most twice T1 .10 µs."),
        ({"one_qubit": {"0": {"T1": "long"}}}, "T1 of qubit 0"),
        ({"one_qubit": {"0": {}}, "two_qubit": {"0-1": {"ECR_f": 1}}}, "pair 0-1 is not a pair of qubits 0 to 0"),
        ({"one_qubit": {"0": {}, "1": {}}, "two_qubit": {"0-1": {}}}, "pair 0-1 has no gate fidelity"),
        ({"one_qubit": {"0": {}}, "two_qubit": {"0,1": {}}}, "such as '0-1'"),
        ({"one_qubit": {"0": {}}, "durations_ns": 3}, "durations_ns"),
    ],
)
def test_what_is_no_calibration_is_refused_with_the_figure(content: object, message: str, tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(content))
    with pytest.raises(InvalidArgument, match=message) as caught:
        Calibration.read(file)
    assert "calibration.json" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("{")
    for name in ("broken.yaml", "missing.yaml"):
        with pytest.raises(InvalidArgument, match=name):
            Calibration.read(tmp_path / name)


def test_the_preset_is_a_grid_of_published_magnitude() -> None:
    toshiko = Calibration.toshiko()
    assert len(toshiko.qubits) == 32
    assert len(toshiko.pairs) == 4 * 7 + 3 * 8
    assert {(qubit.t1_us, qubit.t2_us) for qubit in toshiko.qubits} == {(69.0, 103.0)}
    assert set(toshiko.pairs.values()) == {0.012}
