"""What may be run, how often, and what is refused before anything is sent."""

from typing import Any

import pytest
from compiler_config.config import CompilerConfig, Tket
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.classical import types
from qiskit.exceptions import QiskitError

from qcaas_sdk import InvalidArgument, InvalidProgram
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcProvider, UnsupportedCircuit
from qcaas_sdk.qiskit.experiment import experiment_of
from qcaas_sdk.qiskit.target import Features
from tests.qiskit.circuits import a_condition_on_the_only_register, bell, teleportation


def test_shots_are_the_runs_or_the_configs_or_the_options(backend: OqcBackend) -> None:
    def shots(**options: object) -> int:
        return sum(backend.run(bell(), **options).result().get_counts().values())

    assert shots() == shots(shots=None) == 1000
    assert shots(shots=7) == 7
    assert shots(config=CompilerConfig(repeats=9)) == 9
    assert shots(config=CompilerConfig(repeats=9), shots=9) == 9
    assert shots(config=CompilerConfig(), shots=5) == 5
    with pytest.raises(ValueError, match=r"shots=8 contradicts config\.repeats=9"):
        shots(config=CompilerConfig(repeats=9), shots=8)


def test_options_hold_for_all_runs(provider: OqcProvider) -> None:
    backend = provider.get_backend()
    backend.set_options(shots=12)
    assert sum(backend.run(bell()).result().get_counts().values()) == 12
    assert provider.get_backend().options.shots == 1000
    with pytest.raises(AttributeError, match="not valid"):
        backend.set_options(seed_simulator=1)


def test_a_config_is_sent_as_it_is_but_for_shots_and_format(backend: OqcBackend) -> None:
    config = CompilerConfig(optimizations=Tket())
    job = backend.run(bell(), shots=5, config=config)
    job.result()
    sent = job.outputs[0].compiler_config
    assert isinstance(sent, CompilerConfig) and isinstance(sent.optimizations, Tket)
    assert sent.repeats == 5 and config.repeats is None


@pytest.mark.parametrize("shots", [0, -1, 51])
def test_shots_beyond_the_limit_of_the_qpu_are_refused_before_anything_is_sent(shots: int) -> None:
    with OqcProvider.local(LocalSettings(qpus=(LocalQpu(max_shots=50),))) as provider:
        backend = provider.get_backend()
        assert backend.options.shots == 50
        with pytest.raises(ValueError, match=f"shots is {shots}; qpu:local:1:aer accepts 1 to 50"):
            backend.run(bell(), shots=shots)


def test_shots_are_a_whole_number(backend: OqcBackend) -> None:
    with pytest.raises(TypeError):
        backend.run(bell(), shots=1.5)


def test_options_of_other_backends_are_ignored_with_a_warning(backend: OqcBackend) -> None:
    with pytest.warns(UserWarning, match="'seed_simulator' is ignored: a QPU does not support it"):
        job = backend.run(bell(), seed_simulator=42)
    assert job.result().success
    assert backend.run(bell(), seed_simulator=None).result().success  # what Qiskit's own primitives pass


def unbound() -> QuantumCircuit:
    circuit = QuantumCircuit(1, name="sweep")
    circuit.rx(Parameter("theta"), 0)
    circuit.measure_all()
    return circuit


def unmeasured() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="bare")
    circuit.x(0)
    return circuit


@pytest.mark.parametrize(
    ("circuit", "why"),
    [
        (unbound(), "'sweep' cannot be sent: .* parameters without a value: theta; call circuit.assign_parameters"),
        (unmeasured(), "'bare' cannot be sent: .* measures nothing"),
        ("OPENQASM 2.0;", "runs QuantumCircuit objects, not str"),
    ],
)
def test_a_circuit_that_cannot_be_sent_is_refused_with_its_batch(
    backend: OqcBackend, circuit: QuantumCircuit, why: str
) -> None:
    with pytest.raises(UnsupportedCircuit, match=why) as refused:
        backend.run([bell(), circuit])
    assert isinstance(refused.value, InvalidProgram) and isinstance(refused.value, QiskitError)


def test_a_batch_of_nothing_is_refused(backend: OqcBackend) -> None:
    with pytest.raises(UnsupportedCircuit, match="empty list"):
        backend.run([])


@pytest.mark.parametrize("nothing", [None, 5])
def test_what_is_no_circuit_and_no_list_is_refused(backend: OqcBackend, nothing: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"run_input must be a QuantumCircuit or a list of them, not {nothing}"):
        backend.run(nothing)


def test_control_flow_needs_a_qpu_that_takes_openqasm_3() -> None:
    only_2 = Features.read({"languages": ["OpenQASM 2"]})
    unknown = Features.read({})
    with pytest.raises(UnsupportedCircuit, match="needs OpenQASM 3, but this QPU accepts only: OpenQASM 2"):
        experiment_of(teleportation(), 1, only_2)
    assert experiment_of(teleportation(), 1, unknown).program.startswith("OPENQASM 3")
    assert experiment_of(a_condition_on_the_only_register(), 1, only_2).program.startswith("OPENQASM 2")
    assert experiment_of(bell(), 1, only_2).program.startswith("OPENQASM 2")


def test_an_input_variable_without_a_value_is_refused(backend: OqcBackend) -> None:
    circuit = QuantumCircuit(2, 2, name="clever")
    wanted = circuit.add_input("wanted", types.Bool())
    circuit.measure(0, 0)
    with circuit.if_test(wanted):
        circuit.x(1)
    with pytest.raises(UnsupportedCircuit, match=r"'clever'.* input variables without a value: wanted"):
        backend.run(circuit)


def test_a_circuit_wider_than_the_backend_is_refused_by_transpile(backend: OqcBackend) -> None:
    wide = QuantumCircuit(33)
    wide.measure_all()
    with pytest.raises(QiskitError, match="33"):
        transpile(wide, backend)
