"""From the service's words to Qiskit's, for answers of every shape."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.exceptions import QiskitError

from qcaas_sdk import JobError, JobFailed, JobOutput, JobResult, NoOutput
from qcaas_sdk.qiskit import OqcBackend
from qcaas_sdk.qiskit.experiment import Experiment, experiment_of
from qcaas_sdk.qiskit.results import result_of, shots_of, words_of
from qcaas_sdk.qiskit.target import Features
from tests.qiskit.circuits import bell, bits_that_nobody_writes

COMMON: dict[str, Any] = {"qpu_id": "qpu", "task_id": "task", "program": "p", "received": datetime.now(UTC)}


def experiment(circuit: QuantumCircuit) -> Experiment:
    return experiment_of(circuit, 10, Features.read({}))


def test_the_leftmost_character_of_the_service_is_bit_0() -> None:
    output = JobResult(data={"c": {"10": 3, "11": 7}}, **COMMON)
    assert words_of(experiment(bell()), output) == {0b01: 3, 0b11: 7}


def test_bits_that_were_not_sent_are_zero_and_the_others_find_their_place() -> None:
    sent = experiment(bits_that_nobody_writes())
    assert sent.bits == (0, 3)
    assert words_of(sent, JobResult(data={"c": {"01": 10}}, **COMMON)) == {0b01000: 10}


def test_a_distribution_of_error_mitigation_beside_the_counts_does_no_harm() -> None:
    data = {"c": {"10": 3}, "linear_readout_mitigation": {"10": 0.97, "00": 0.03}}
    assert words_of(experiment(bell()), JobResult(data=data, **COMMON)) == {0b01: 3}


@pytest.mark.parametrize(
    "data",
    [
        {"c": {"101": 3}},
        {"c": {"00": 0.5, "11": 0.5}},
        {"c": {"1": 3}},
        {"c": {"12": 3}},
        {"a": {"00": 1}, "b": {"00": 1}},
        {"c": [1]},
        {},
        None,
    ],
)
def test_an_answer_that_is_not_understood_fails_its_circuit_alone(data: Any) -> None:
    outputs: list[JobOutput] = [JobResult(data=data, **COMMON), JobResult(data={"c": {"00": 10}}, **COMMON)]
    result = result_of(
        backend="qpu", job_id="job", experiments=[experiment(bell())] * 2, outputs=outputs, memory=False
    )
    assert [entry.success for entry in result.results] == [False, True]
    assert "cannot be read" in result.results[0].status
    assert result.results[0].shots == 10
    assert result.get_counts(1) == {"00": 10}


def test_an_error_and_a_missing_output_say_why() -> None:
    with pytest.raises(JobFailed, match="too hot"):
        words_of(experiment(bell()), JobError(error_code=7, error_message="too hot", **COMMON))
    with pytest.raises(JobFailed, match="the state of its job is CANCELLED"):
        words_of(experiment(bell()), NoOutput(state="CANCELLED", **COMMON))


def test_shots_keep_their_registers_together_and_come_in_no_order() -> None:
    shots = shots_of({0b001: 300, 0b110: 700}, 3)
    assert shots.shape == (1000, 3)
    assert {tuple(row) for row in shots.astype(int).tolist()} == {(1, 0, 0), (0, 1, 1)}
    assert shots[:, 0].sum() == 300
    assert 0 < shots[:500, 0].sum() < 300  # a part is a sample too


def test_a_result_knows_its_circuits_by_index_name_and_object(backend: OqcBackend) -> None:
    one, other = bell(), bell()
    one.name, one.metadata = "one", {"angle": 0.5}
    other.name = "other"
    result = backend.run([one, other], shots=30).result()
    assert result.get_counts(0) == result.get_counts("one") == result.get_counts(one)
    assert result.get_counts(1) == result.get_counts("other") == result.get_counts(other)
    assert isinstance(result.get_counts(), list)
    assert result.results[0].header["metadata"] == {"angle": 0.5}
    assert result.results[0].shots == 30
    assert result.backend_name == backend.name
    assert result.date is not None
    assert type(result).from_dict(result.to_dict()).get_counts(one) == result.get_counts(one)


def test_the_dictionary_of_a_result_is_json_and_reads_back(backend: OqcBackend) -> None:
    one, failed = bell(), QuantumCircuit(32, name="too large")
    one.name = "one"
    one.metadata = {
        "angle": np.float64(0.5),
        "sweep": np.arange(2),
        "z": 1j,
        3: (1, {2}),
        "none": None,
        "yes": np.True_,
    }
    failed.t(range(32))
    failed.measure_all()
    with pytest.warns(UserWarning, match="order"):
        result = backend.run([one, failed], shots=30, memory=True).result()
    plain = result.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    metadata = {"angle": 0.5, "sweep": [0, 1], "z": "1j", "3": [1, [2]], "none": None, "yes": True}
    assert plain["results"][0]["header"]["metadata"] == metadata
    assert result.results[0].header["metadata"]["angle"] is one.metadata["angle"]  # only the dictionary is made plain
    read = type(result).from_dict(json.loads(json.dumps(plain)))
    assert read.get_counts("one") == result.get_counts("one")
    assert read.get_memory("one") == result.get_memory("one")
    assert (read.success, read.date, read.job_id) == (False, result.date, result.job_id)
    assert read.to_dict() == plain


def test_memory_is_listed_in_random_order_with_a_warning_and_only_when_asked(backend: OqcBackend) -> None:
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "a"), ClassicalRegister(1, "b"))
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with pytest.warns(UserWarning, match="counts without an order"):
        result = backend.run(circuit, shots=100, memory=True).result()
    memory = result.get_memory()
    assert {word: memory.count(word) for word in set(memory)} == result.get_counts()
    assert memory == result.get_memory()
    with pytest.raises(QiskitError, match="No memory"):
        backend.run(circuit, shots=10).result().get_memory()


def test_the_header_says_what_aers_says(backend: OqcBackend) -> None:
    from qiskit_aer import AerSimulator

    circuit = bits_that_nobody_writes()
    theirs = AerSimulator().run(circuit, shots=1).result().results[0].header
    ours = backend.run(circuit, shots=1).result().results[0].header
    assert {key: ours[key] for key in theirs if key != "metadata"} == {
        key: value for key, value in theirs.items() if key != "metadata"
    }


def test_all_words_are_plain_numbers() -> None:
    output = JobResult(data={"c": {"10": np.int64(3)}}, **COMMON)
    ((word, count),) = words_of(experiment(bell()), output).items()
    assert type(word) is type(count) is int
