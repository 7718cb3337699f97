"""A job's life as Qiskit sees it: states, ends, trouble on the way, failures in a batch."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.providers import JobError, JobStatus, JobTimeoutError

from qcaas_sdk import AuthenticationError, JobTimeout, OqcSdk
from qcaas_sdk.local import FaultKind, LocalFault, LocalQpu, LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcJob, OqcProvider
from qcaas_sdk.qiskit.connection import Connection
from tests.qiskit.circuits import bell

pytestmark = pytest.mark.slow


def too_large() -> QuantumCircuit:
    circuit = QuantumCircuit(32, name="too large")
    circuit.t(range(32))
    circuit.measure_all()
    return circuit


@pytest.fixture
def slow() -> Iterator[OqcBackend]:
    """A QPU whose queue stands still for longer than any test."""
    with OqcProvider.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=600),))) as provider:
        yield provider.get_backend()


def test_a_job_ends_with_its_result(backend: OqcBackend) -> None:
    job = backend.run(bell(), shots=50)
    assert sum(job.result().get_counts().values()) == 50
    assert job.status() is JobStatus.DONE
    assert job.done() and job.in_final_state() and not job.running() and not job.cancelled()
    assert job.backend() is backend
    assert job.result() is job.result()
    assert repr(job) == f"OqcJob({job.job_id()!r}, 'qpu:local:1:aer', circuits=1, COMPLETED)"


def test_a_job_waits_in_the_queue_and_can_be_cancelled(slow: OqcBackend) -> None:
    job = slow.run([bell(), bell()])
    assert job.status() is JobStatus.QUEUED
    assert job.cancel()
    assert job.status() is JobStatus.CANCELLED and job.cancelled()
    result = job.result(timeout=10)
    assert not result.success and result.status == "ERROR"
    with pytest.raises(QiskitError, match="CANCELLED"):
        result.get_counts(0)


def test_a_job_runs() -> None:
    settings = LocalSettings(qpus=(LocalQpu(seconds_per_shot=600),))
    with OqcProvider.local(settings) as provider:
        job = provider.get_backend().run(bell(), shots=1)
        seen: list[JobStatus] = []
        deadline = time.monotonic() + 30
        while not job.running() and time.monotonic() < deadline:
            seen.append(job.status())
            time.sleep(0.01)
        assert job.running()
        assert set(seen) <= {JobStatus.QUEUED, JobStatus.RUNNING}
        job.cancel()


def test_a_cancel_after_the_end_changes_nothing(backend: OqcBackend) -> None:
    job = backend.run(bell())
    job.wait_for_final_state()
    assert not job.cancel()
    assert job.status() is JobStatus.DONE and job.result().success


def test_a_timeout_is_of_both_families_and_the_job_goes_on(slow: OqcBackend) -> None:
    job = slow.run(bell())
    with pytest.raises(JobTimeoutError, match="it continues") as told:
        job.result(timeout=0.05)
    assert isinstance(told.value, JobTimeout) and isinstance(told.value, TimeoutError)
    with pytest.raises(JobTimeoutError):
        job.wait_for_final_state(timeout=0.0)
    assert job.status() is JobStatus.QUEUED


def test_the_callback_hears_of_the_status_while_the_job_is_awaited(slow: OqcBackend) -> None:
    job = slow.run(bell())
    heard: list[tuple[str, JobStatus, OqcJob]] = []

    def tell(*told: object) -> None:
        heard.append(told)  # type: ignore[arg-type]  # what Qiskit calls with
        if len(heard) == 3:
            job.cancel()

    job.wait_for_final_state(wait=0.01, callback=tell)
    assert heard[:3] == [(job.job_id(), JobStatus.QUEUED, job)] * 3
    assert job.cancelled()


def test_ctrl_c_ends_the_wait_and_not_the_job(slow: OqcBackend) -> None:
    job = slow.run(bell())
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        job.result(timeout=30)
    assert job.status() is JobStatus.QUEUED


def test_a_circuit_that_fails_costs_no_other(backend: OqcBackend) -> None:
    circuits = [bell(), too_large(), bell()]
    job = backend.run(circuits, shots=20)
    result = job.result()
    assert job.status() is JobStatus.ERROR
    assert [entry.success for entry in result.results] == [True, False, True]
    assert not result.success and result.status == "PARTIAL COMPLETED"
    assert sum(result.get_counts(0).values()) == sum(result.get_counts(2).values()) == 20
    with pytest.raises(QiskitError, match="a program of 32 qubits needs"):
        result.get_counts("too large")
    assert job.outputs[1].is_error and job.outputs[0].metrics is not None


def test_the_id_of_a_job_is_the_tag_of_its_tasks(backend: OqcBackend) -> None:
    job = backend.run([bell(), bell()])
    result = job.result()
    assert result.job_id == job.job_id()
    assert [entry.task_id for entry in result.results] == job.task_ids()
    assert len(set(job.task_ids())) == 2
    assert all(output.metadata["tag"] == job.job_id() for output in job.outputs)


def test_a_job_is_submitted_once(backend: OqcBackend) -> None:
    with pytest.raises(JobError, match="already submitted"):
        backend.run(bell()).submit()


def test_a_job_that_was_not_submitted_is_initializing(backend: OqcBackend) -> None:
    connection = Connection(OqcSdk.sync.local())  # never opened
    job = OqcJob(backend, "id", connection, [], [], memory=False)
    assert job.status() is JobStatus.INITIALIZING
    for use in (job.result, job.cancel, job.task_ids):
        with pytest.raises(JobError, match="is not submitted"):
            use()


def test_a_service_that_takes_nothing_is_an_error_of_run_and_nothing_is_lost() -> None:
    fault = LocalFault(FaultKind.STATUS, on="POST /tasks", nth=0, status=403)
    with OqcProvider.local(LocalSettings(faults=(fault,))) as provider:
        backend = provider.get_backend()
        with pytest.raises(AuthenticationError):
            backend.run(bell())
        assert backend.run(bell()).result().success


def test_a_service_that_takes_only_some_is_no_error_of_run_and_the_others_follow() -> None:
    long = QuantumCircuit(1)
    for _ in range(2600):  # two of them are too large for one request
        long.rz(0.12345678901234568, 0)
    long.measure_all()
    fault = LocalFault(FaultKind.STATUS, on="/tasks/submit", nth=1, status=403)
    with OqcProvider.local(LocalSettings(faults=(fault,))) as provider:
        job = provider.get_backend().run([long, long], shots=10)
        assert [getattr(output, "state", None) for output in job.outputs] == ["SUBMITTED", "CREATED"]
        result = job.result(timeout=60)
    assert [sum(counts.values()) for counts in result.get_counts()] == [10, 10]


def test_trouble_on_the_way_is_raised_once_and_the_next_call_goes_on() -> None:
    fault = LocalFault(FaultKind.STATUS, on="/all_info", nth=0, status=403)
    with OqcProvider.local(LocalSettings(faults=(fault,))) as provider:
        job = provider.get_backend().run(bell())
        with pytest.raises(AuthenticationError):
            job.result(timeout=30)
        assert job.result(timeout=30).success
        assert job.status() is JobStatus.DONE


def test_a_dropped_answer_to_the_submission_runs_nothing_twice() -> None:
    fault = LocalFault(FaultKind.DROP_AFTER, on="/tasks/submit", nth=0)
    with OqcProvider.local(LocalSettings(faults=(fault,))) as provider:
        result = provider.get_backend().run([bell(), bell()], shots=10).result(timeout=60)
    assert [sum(result.get_counts(index).values()) for index in (0, 1)] == [10, 10]


def test_many_threads_may_wait_for_one_job(backend: OqcBackend) -> None:
    job = backend.run(bell())
    results = []
    threads = [threading.Thread(target=lambda: results.append(job.result(timeout=60))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 5 and all(result is results[0] for result in results)
