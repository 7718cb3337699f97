"""What a job submits: a program, a QPU, a configuration."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen

from qcaas_sdk._programs import convert
from qcaas_sdk._programs.config import DEFAULT_SHOTS, Config, default_config_json, is_external
from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk._record.outputs import OutputRecord


class _Unknown(str):
    __slots__ = ()


UNKNOWN: str = _Unknown()
"""The program of a task that another program submitted, if the service does not tell it."""


def _text(program: convert.Program) -> str:
    return program if isinstance(program, _Unknown) else convert.program_text(program)


@frozen
class JobRequest:
    """What a job submits. Frozen: `reconfigure` replaces it.

    Attributes:
        program: OpenQASM 2, OpenQASM 3 or QIR text; empty only if it is `UNKNOWN`.
        qpu_id: The id of its QPU.
        config: The compiler configuration; None means 1000 shots and binary counts.
        tag: The user's label, which the server keeps with the task.
        hybrid_marker: The server's marker for the tasks of one hybrid computation.
        parameters: The values that the parameters of the program have in its text, if it had any.
    """

    program: str = field(converter=_text)
    qpu_id: str
    config: Config | None = None
    tag: str | None = None
    hybrid_marker: str | None = None
    parameters: Mapping[str, Value] | None = None

    def as_for(self, output: OutputRecord) -> "JobRequest":
        """With the program, QPU and configuration of the run that an output is of."""
        return evolve(
            self,
            program=output.program,
            qpu_id=output.qpu_id,
            config=output.compiler_config,
            parameters=output.parameters,
        )

    @property
    def has_program(self) -> bool:
        """Whether the program is known. It is not for a task that another program submitted."""
        return bool(self.program)

    @property
    def config_json(self) -> str:
        """The compiler configuration in the server's format."""
        config = self.compiler_config
        return default_config_json() if config is None else config.to_json()

    @property
    def compiler_config(self) -> Config | None:
        """The part of the configuration that is for the compiler."""
        return self.config.base_config if is_external(self.config) else self.config

    @property
    def shots(self) -> int:
        """The shots of a run."""
        shots = getattr(self.compiler_config, "repeats", None)
        return shots if isinstance(shots, int) else DEFAULT_SHOTS

    @property
    def external_config(self) -> Mapping[str, Any] | None:
        """The part of the configuration that the service passes on; None if there is none."""
        return (self.config.external_config or None) if is_external(self.config) else None
