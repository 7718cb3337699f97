"""What is to be run: a program, a QPU, a configuration."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from qcaas_sdk._programs.config import Config, default_config_json, is_external
from qcaas_sdk._programs.convert import program_text


@frozen
class JobRequest:
    """What a job submits. Frozen: a job that is set up anew gets a new one, all or nothing.

    Attributes:
        program: OpenQASM 2, OpenQASM 3 or QIR text; not empty.
        qpu_id: The QPU that is to run it.
        config: How it is to be compiled and read out; None stands for 1000 shots and binary counts.
        tag: A word of the user's own, kept by the server with the task.
        hybrid_marker: The server's mark for tasks of one hybrid computation.
    """

    program: str = field(converter=program_text)
    qpu_id: str
    config: Config | None = None
    tag: str | None = None
    hybrid_marker: str | None = None

    @property
    def config_json(self) -> str:
        """The configuration in the form that the server takes, without the part that it passes on."""
        config = self.compiler_config
        return default_config_json() if config is None else config.to_json()

    @property
    def compiler_config(self) -> Config | None:
        """The part of the configuration that is for the compiler."""
        return self.config.base_config if is_external(self.config) else self.config

    @property
    def external_config(self) -> Mapping[str, Any] | None:
        """The part of the configuration that the service passes on; None where there is none."""
        return (self.config.external_config or None) if is_external(self.config) else None
