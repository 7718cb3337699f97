"""What a simulator is asked and what it answers: the words between the service and its simulator process."""

from typing import Any

from attrs import frozen

from qcaas_sdk.local.simulator.task_error import TaskErrorCode


@frozen
class SimulationRequest:
    """One run.

    Attributes:
        program: The text of the program.
        config: The compiler configuration as its JSON text; None for the defaults.
        qubits: The most qubits the program may use.
        max_shots: The most shots it may ask for.
        seed: For results that repeat; None for fresh randomness.
        memory_limit_bytes: The most memory it may take; None for what is free.
    """

    program: str
    config: str | None
    qubits: int
    max_shots: int
    seed: int | None = None
    memory_limit_bytes: int | None = None


@frozen
class Simulation:
    """A run that succeeded.

    Attributes:
        results: By register, in the format that was asked for; JSON values. QIR need not name a register: then the
            one result stands alone.
        shots: How many shots were run.
        metrics: Facts about the run, in the words of the service; JSON values.
    """

    results: Any
    shots: int
    metrics: dict[str, Any]


@frozen
class SimulationFailure:
    """A run that failed.

    Attributes:
        code: What kind of failure it is.
        message: For the person who wrote the program.
    """

    code: TaskErrorCode
    message: str
