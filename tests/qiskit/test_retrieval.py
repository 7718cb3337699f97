"""`retrieve_job`: a job by its id, from the journal, from this process, or from the service."""

from pathlib import Path

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qcaas_sdk import UnknownTask
from qcaas_sdk.qiskit import OqcProvider
from tests.qiskit.circuits import bell


def two_registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "a"), ClassicalRegister(1, "b"), name="both")
    circuit.x(0)
    circuit.measure([0, 1, 2], [2, 0, 1])
    circuit.metadata = {"angle": 0.5, "odd": complex(1, 2)}
    return circuit


def test_the_next_process_has_the_same_result(simulator: None, tmp_path: Path) -> None:
    with OqcProvider.local(journal=tmp_path / "j.db") as provider:
        job = provider.get_backend().run([bell(), two_registers()], shots=100)
        result = job.result()
    with OqcProvider.local(journal=tmp_path / "j.db") as provider:
        again = provider.retrieve_job(job.job_id())
        assert (again.job_id(), again.status()) == (job.job_id(), job.status())
        assert again.result().get_counts() == result.get_counts()
        assert again.result().get_counts("both") == {"1 00": 100}
        assert again.result().results[1].header["metadata"]["angle"] == 0.5
        assert again.task_ids() == job.task_ids()


def test_in_the_same_process_it_needs_no_journal(provider: OqcProvider) -> None:
    job = provider.get_backend().run(bell(), shots=100)
    again = provider.retrieve_job(job.job_id())
    assert again.result().get_counts() == job.result().get_counts()


def test_the_id_of_a_task_gives_its_counts(provider: OqcProvider) -> None:
    job = provider.get_backend().run(two_registers(), shots=100)
    counts = job.result().get_counts()
    task_id = job.task_ids()[0]
    assert task_id is not None
    again = provider.retrieve_job(task_id)
    assert "circuits=1" in repr(again)
    assert sum(again.result().get_counts().values()) == 100
    assert counts == {"1 00": 100}


def test_what_nobody_has_is_named(provider: OqcProvider) -> None:
    with pytest.raises(UnknownTask, match="no task nobody"):
        provider.retrieve_job("nobody")
