"""What a user's type checker makes of the public calls; read by mypy in test_types.py, never run."""

from pathlib import Path
from typing import TYPE_CHECKING, assert_type

from qcaas_sdk import Budget, CompositeJob, Endianness, Job, JobOutputProxy, JobResult, OqcSdk

if TYPE_CHECKING:
    from cirq import Circuit as CirqCircuit
    from compiler_config.config import CompilerConfig
    from pytket.circuit import Circuit as PytketCircuit


def jobs(sdk: OqcSdk, cirq: "CirqCircuit", pytket: "PytketCircuit", config: "CompilerConfig") -> None:
    assert_type(sdk.create_job(program="OPENQASM 2.0;"), Job)
    assert_type(sdk.create_job(program=Path("bell.qasm"), shots=100, optimize=2, check=False), Job)
    assert_type(sdk.create_job(program=pytket, error_mitigation="matrix", tag="mine"), Job)
    assert_type(sdk.create_job(program=cirq), Job)
    assert_type(sdk.create_job(program=["OPENQASM 2.0;"] * 3), CompositeJob)
    assert_type(sdk.create_job(program=[pytket, pytket], qpu_id="qpu:1", shots=5), CompositeJob)
    assert_type(sdk.create_job(program=["OPENQASM 2.0;", Path("bell.qasm"), cirq]), CompositeJob)
    assert_type(sdk.create_job(program=pytket, qpu_id=["qpu:1", "qpu:2"]), CompositeJob)
    assert_type(sdk.create_job(program="OPENQASM 2.0;", config=[config, config]), CompositeJob)
    sdk.create_job(program="OPENQASM 2.0;").reconfigure(program=cirq)
    assert_type(sdk.create_job(program=["OPENQASM 2.0;"], max_in_flight=2, budget=Budget(runs=5)), CompositeJob)
    sdk.create_job(program="OPENQASM 2.0;", budget=Budget(runs=5))  # type: ignore[call-overload]  # only for lists
    sdk.create_job(program=3)  # type: ignore[call-overload]  # no program
    sdk.create_job(program="OPENQASM 2.0;", optimise=1)  # type: ignore[call-overload]  # no such argument
    sdk.create_job(program="OPENQASM 2.0;", optimize=3)  # type: ignore[call-overload]  # no such level


def results(result: JobResult, outputs: JobOutputProxy[JobResult]) -> None:
    assert_type(result.counts(), dict[str, int])
    assert_type(result.probabilities("c", endianness=Endianness.LITTLE), dict[str, float])
    assert_type(result.most_frequent(), str)
    assert_type(result.expectation("ZZ"), float)
    assert_type(outputs.map(lambda one: one.expectation()), list[float])
