"""What is to be run: a program, a QPU, a configuration."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, TypeGuard

from attrs import field, frozen

from qcaas_sdk.circuits import program_text
from qcaas_sdk.errors import InvalidArgument

DEFAULT_SHOTS = 1000


class Config(Protocol):
    """A compiler configuration: `CompilerConfig` of the package `compiler-config`, or one of its kin."""

    def to_json(self) -> str:
        """The configuration in the form that the server takes."""
        ...


class ExternalConfig(Config, Protocol):
    """A configuration with a part that the service passes on to a backend behind it: `ExperimentalConfig`."""

    @property
    def base_config(self) -> Config:
        """The compiler's part."""
        ...

    @property
    def external_config(self) -> Mapping[str, Any]:
        """The backend's part."""
        ...


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
        return self.config.base_config if _is_external(self.config) else self.config

    @property
    def external_config(self) -> Mapping[str, Any] | None:
        """The part of the configuration that the service passes on; None where there is none."""
        return (self.config.external_config or None) if _is_external(self.config) else None


def _is_external(config: Config | None) -> TypeGuard[ExternalConfig]:
    """By its attributes: each job is asked several times, and `isinstance` of a protocol is far slower."""
    return hasattr(config, "external_config") and hasattr(config, "base_config")


@cache
def default_config_json() -> str:
    """The service's default: binary counts of 1000 shots."""
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    text: str = CompilerConfig(repeats=DEFAULT_SHOTS, results_format=QuantumResultsFormat().binary_count()).to_json()
    return text


def broadcast(**given: Any) -> list[tuple[Any, ...]]:
    """One tuple for each job: lists entry by entry, all else (and lists of one entry) the same for every job.

    Raises:
        InvalidArgument: A list is empty, or the lengths of lists do not fit; the message names the lengths.
    """
    lengths = {name: len(value) for name, value in given.items() if isinstance(value, list | tuple)}
    longest = max(lengths.values(), default=1)
    if any(length not in {1, longest} for length in lengths.values()) or longest == 0:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidArgument(f"lists must be of one length, or of length 1: {told}", argument=", ".join(lengths))

    def spread(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            return [value] * longest
        return list(value) * longest if len(value) == 1 else list(value)

    return list(zip(*(spread(value) for value in given.values()), strict=True))
