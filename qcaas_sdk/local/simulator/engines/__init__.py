"""What runs a program: the engines of the embedded QPU, by name.

An engine is loaded in the simulator process only; this module loads nothing of it, and is what the service knows.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from attrs import frozen

from qcaas_sdk.errors import InvalidArgument, MissingExtra
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest


class EngineName(StrEnum):
    """The engines there are."""

    AER = "aer"
    """Qiskit Aer: quick, up to the memory of the machine."""
    QAT = "qat"
    """OQC's own compiler, with its simulated QPU: what it accepts, compiles and refuses is what OQC's stack does."""

    @classmethod
    def _missing_(cls, value: object) -> "EngineName":
        raise InvalidArgument(f"there is no engine {value!r}; there are: {', '.join(cls)}", argument="engine")


class Engine(Protocol):
    """Runs programs, one at a time, for as long as it takes. A module may be one."""

    def simulate(self, request: SimulationRequest) -> Simulation:
        """Run a program.

        Raises:
            TaskError: It cannot run, or not here.
        """


@frozen
class _Entry:
    module: str
    languages: tuple[str, ...]
    extra: str
    packages: tuple[str, ...]
    python_before: tuple[int, int] | None = None


_QASM = ("OpenQASM 2", "OpenQASM 3")
_SERVICE = ("starlette", "qiskit", "qiskit_aer", "qiskit_qasm3_import")
_ENGINES: Mapping[EngineName, _Entry] = {
    EngineName.AER: _Entry("qcaas_sdk.local.simulator.engines.aer", _QASM, "local", _SERVICE),
    EngineName.QAT: _Entry(
        "qcaas_sdk.local.simulator.engines.qat", (*_QASM, "QIR"), "qat", (*_SERVICE, "qat"), python_before=(3, 13)
    ),
}


def check_installed(name: EngineName) -> None:
    """See that an engine can be loaded here, without loading it.

    Raises:
        MissingExtra: Its packages are not installed, or do not exist for this Python.
    """
    entry = _ENGINES[name]
    if all(find_spec(package) is not None for package in entry.packages):
        return
    what = "the embedded QPU" if name is EngineName.AER else f"the engine '{name}' of the embedded QPU"
    if entry.python_before is not None and sys.version_info >= entry.python_before:
        limit, here = ".".join(map(str, entry.python_before)), ".".join(map(str, sys.version_info[:2]))
        what += f" (which needs Python before {limit}; this is {here}: use such a Python, or another engine)"
    raise MissingExtra(what, entry.extra)


def languages(name: EngineName) -> Sequence[str]:
    """What an engine takes programs in."""
    return _ENGINES[name].languages


def load(name: EngineName) -> Engine:
    """Load an engine; it takes seconds. For the simulator process only."""
    return cast("Engine", import_module(_ENGINES[name].module))
