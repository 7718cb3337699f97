"""`SamplerV2`: pubs of all shapes in, aligned bit arrays out; and Qiskit's own primitives over the backend."""

import warnings

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2, BaseSamplerV2, StatevectorSampler
from qiskit.providers import JobStatus
from qiskit.quantum_info import SparsePauliOp

from qcaas_sdk import JobFailed
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcProvider, ResultTimeout, SamplerV2, UnsupportedCircuit
from tests.qiskit.circuits import bell, registers_that_go_together, teleportation
from tests.qiskit.distributions import alike
from tests.qiskit.test_job import too_large

A, B = Parameter("a"), Parameter("b")


def turned() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "one"), ClassicalRegister(2, "two"))
    circuit.ry(A, 0)
    circuit.ry(B, 1)
    circuit.measure([0, 1, 0], [0, 1, 2])
    circuit.metadata = {"what": "turned"}
    return circuit


def test_parameters_are_broadcast_as_qiskits_own_sampler_does_it(backend: OqcBackend) -> None:
    values = np.broadcast_arrays(np.linspace(0, np.pi, 3).reshape(3, 1), [0.0, 1.2])
    pub = (turned(), {A: values[0], B: values[1]})
    sampler = SamplerV2(backend)
    assert isinstance(sampler, BaseSamplerV2)
    (ours,) = sampler.run([pub], shots=800).result()
    (theirs,) = StatevectorSampler(seed=1).run([pub], shots=4000).result()
    assert ours.data.shape == theirs.data.shape == (3, 2)
    assert list(ours.data) == list(theirs.data) == ["one", "two"]
    for index in np.ndindex(3, 2):
        for register in ("one", "two"):
            assert alike(ours.data[register].get_counts(index), theirs.data[register].get_counts(index))
        assert alike(ours.join_data().get_counts(index), theirs.join_data().get_counts(index))
    assert ours.data.one.num_shots == 800 and ours.data.two.num_bits == 2
    assert ours.metadata == {"shots": 800, "circuit_metadata": {"what": "turned"}}


def test_registers_of_one_shot_stay_together_and_a_part_is_a_sample(backend: OqcBackend) -> None:
    (result,) = SamplerV2(backend).run([registers_that_go_together()], shots=2000).result()
    assert set(result.join_data().get_counts()) == {"100", "111"}
    part = result.data.first.slice_shots(range(500)).get_counts()
    assert alike(part, {"0": 5000, "1": 5000})


def test_pubs_have_shots_of_their_own_and_leave_as_one_job(backend: OqcBackend) -> None:
    sampler = SamplerV2(backend, default_shots=30)
    job = sampler.run([bell(), (bell(), None, 20), (turned(), [[0, 0], [0, 1]])])
    first, second, third = job.result()
    assert (first.data.c.num_shots, second.data.c.num_shots, third.data.one.num_shots) == (30, 20, 30)
    assert len(job.job.task_ids()) == 4
    assert job.job_id() == job.job.job_id()
    assert job.status() is JobStatus.DONE and job.done() and job.in_final_state()
    assert sampler.run([bell()], shots=5).result()[0].data.c.num_shots == 5
    assert SamplerV2(backend).default_shots == backend.options.shots


def test_a_dynamic_circuit_gives_its_registers(backend: OqcBackend) -> None:
    (result,) = SamplerV2(backend).run([transpile(teleportation(), backend)], shots=500).result()
    assert [array.num_bits for array in result.data.values()] == [1, 1, 1]


def test_a_pub_over_no_values_is_empty(backend: OqcBackend) -> None:
    nothing, something = SamplerV2(backend).run([(turned(), np.zeros((0, 2))), bell()], shots=5).result()
    assert nothing.data.shape == (0,) and nothing.data.two.shape == (0,)
    assert something.data.c.num_shots == 5


def test_a_circuit_that_failed_is_named_and_the_others_can_be_had(backend: OqcBackend) -> None:
    job = SamplerV2(backend).run([bell(), too_large()], shots=10)
    with pytest.raises(JobFailed, match="a program of 32 qubits needs") as told:
        job.result()
    assert "pub 1" in told.value.__notes__[0]
    assert job.status() is JobStatus.ERROR
    assert sum(job.job.result().get_counts(0).values()) == 10


def test_what_cannot_be_sent_is_refused_before_anything_is(backend: OqcBackend) -> None:
    sampler = SamplerV2(backend)
    with pytest.raises(UnsupportedCircuit, match="measures nothing"):
        sampler.run([QuantumCircuit(1, 1)])
    with pytest.raises(UnsupportedCircuit, match="empty list"):
        sampler.run([])
    with pytest.raises(ValueError, match=r"shots is .* accepts"):
        sampler.run([bell()], shots=10**9)


def test_a_sampler_job_can_be_awaited_for_a_while_and_cancelled() -> None:
    with OqcProvider.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=600),))) as provider:
        job = SamplerV2(provider.get_backend()).run([bell()])
        with pytest.raises(ResultTimeout):
            job.result(timeout=0.01)
        assert not job.running() and not job.done()
        assert job.cancel() and job.cancelled()
        with pytest.raises(JobFailed, match="the state of its job is CANCELLED"):
            job.result()


def test_qiskits_own_sampler_works_over_the_backend(backend: OqcBackend) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="memory=True")
        pubs = [(turned(), [[0.3, 1.0], [1.0, 0.3]]), registers_that_go_together()]
        own = BackendSamplerV2(backend=backend).run(pubs, shots=2000).result()
    ours = SamplerV2(backend).run(pubs, shots=2000).result()
    for index in (0, 1):
        assert alike(own[0].join_data().get_counts(index), ours[0].join_data().get_counts(index))
    assert alike(own[1].join_data().get_counts(), ours[1].join_data().get_counts())


def test_qiskits_own_estimator_works_over_the_backend(backend: OqcBackend) -> None:
    circuit = QuantumCircuit(2)
    circuit.ry(A, 0)
    circuit.cx(0, 1)
    observables = [[SparsePauliOp("ZZ")], [SparsePauliOp("IZ")], [SparsePauliOp(["XX", "II"], [1.0, 0.5])]]
    estimator = BackendEstimatorV2(backend=backend)
    (result,) = estimator.run([(circuit, observables, [[0.0], [0.7]])], precision=0.02).result()
    exact = [[1.0, 1.0], [1.0, np.cos(0.7)], [0.5, np.sin(0.7) + 0.5]]
    assert result.data.evs == pytest.approx(np.array(exact), abs=6 * 0.02)
