"""The request and the outcome of a run, as the service and its simulator process exchange them.

The simulator process uses named tuples only: it need not import attrs, which takes as long as its own modules.
"""

from typing import Any, NamedTuple

from qcaas_sdk.local.simulator.task_error import TaskErrorCode


class SimulationRequest(NamedTuple):
    """A program to run.

    Attributes:
        program: The text of the program.
        config: The compiler configuration as its JSON text; None for the defaults.
        qubits: How many qubits the program can use.
        max_shots: The largest number of shots.
        seed: Makes the results repeatable; None for random ones.
        memory_limit_bytes: The memory limit of the run; None for the free memory of the machine.
        noise: The noise of the QPU as text; None for none. See `local.noise`.
    """

    program: str
    config: str | None
    qubits: int
    max_shots: int
    seed: int | None = None
    memory_limit_bytes: int | None = None
    noise: str | None = None


class Simulation(NamedTuple):
    """A run that succeeded.

    Attributes:
        results: By register, in the requested format; JSON values. If QIR names no register, it is the result
            itself.
        shots: How many shots were run.
        metrics: Metrics of the run, named as in the service; JSON values.
    """

    results: Any
    shots: int
    metrics: dict[str, Any]


class SimulationFailure(NamedTuple):
    """A run that failed.

    Attributes:
        code: What kind of failure it is.
        message: For the person who wrote the program.
    """

    code: TaskErrorCode
    message: str


def response_as_outcome(response: dict[str, Any]) -> Simulation | SimulationFailure:
    """The outcome in a response of the simulator process."""
    if "code" in response:
        return SimulationFailure(TaskErrorCode(response["code"]), response["message"])
    return Simulation(**response)


def response_of(simulation: Simulation) -> dict[str, Any]:
    """A run that succeeded, as the response of the simulator process."""
    return {"results": simulation.results, "shots": simulation.shots, "metrics": simulation.metrics}
