"""The engines of the embedded QPU, by name.

Only the simulator process loads an engine; this module does not load any.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast, runtime_checkable

from attrs import frozen

from qcaas_sdk.errors import InvalidArgument, MissingExtra
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest


class EngineName(StrEnum):
    """The available engines."""

    AER = "aer"
    """Qiskit Aer: fast; the memory of the machine limits the number of qubits."""
    QAT = "qat"
    """OQC's own compiler, with its simulated QPU: it accepts and rejects the same programs as OQC's stack."""

    @classmethod
    def _missing_(cls, value: object) -> "EngineName":
        raise InvalidArgument(f"there is no engine {value!r}; use one of: {', '.join(cls)}", argument="engine")


class Engine(Protocol):
    """Runs programs, one at a time. A module can be an engine."""

    def simulate(self, request: SimulationRequest) -> Simulation:
        """Run a program.

        Raises:
            TaskError: It cannot run, or not on this QPU.
        """


@runtime_checkable
class GroupEngine(Engine, Protocol):
    """An engine that runs small programs together."""

    def may_be_small(self, request: SimulationRequest) -> bool:
        """Whether `simulate_small` can try this program: it never takes long."""

    def simulate_small(self, requests: Sequence[SimulationRequest]) -> Sequence[Simulation | None]:
        """Run small programs together; None for those that `simulate` has to run."""


@frozen
class _Entry:
    module: str
    languages: tuple[str, ...]
    extra: str
    packages: tuple[str, ...]
    pythons: tuple[tuple[int, int], ...] = ()
    """The versions of Python for which there are such packages; empty for every one."""


_QASM = ("OpenQASM 2", "OpenQASM 3")
_SERVICE = ("starlette", "qiskit", "qiskit_aer", "openqasm3", "antlr4")
_ENGINES: Mapping[EngineName, _Entry] = {
    EngineName.AER: _Entry("qcaas_sdk.local.simulator.engines.aer", _QASM, "local", _SERVICE),
    EngineName.QAT: _Entry(
        "qcaas_sdk.local.simulator.engines.qat",
        (*_QASM, "QIR"),
        "qat",
        (*_SERVICE, "qat"),
        pythons=((3, 11), (3, 12)),
    ),
}


def check_installed(name: EngineName) -> None:
    """Check that the packages of an engine are installed, without loading it.

    Raises:
        MissingExtra: They are not, or do not exist for this version of Python.
    """
    entry = _ENGINES[name]
    if all(find_spec(package) is not None for package in entry.packages):
        return
    what = "the embedded QPU" if name is EngineName.AER else f"the engine '{name}' of the embedded QPU"
    if entry.pythons and sys.version_info[:2] not in entry.pythons:
        versions = " or ".join(f"{major}.{minor}" for major, minor in entry.pythons)
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        what += f" (there are no packages of it for Python {here}: use Python {versions}, or the engine 'aer')"
        newest = "python{}.{}".format(*entry.pythons[-1])
        raise MissingExtra(what, entry.extra, install=f'{newest} -m pip install "qcaas-sdk[{entry.extra}]"')
    raise MissingExtra(what, entry.extra)


def languages(name: EngineName) -> Sequence[str]:
    """The languages that an engine accepts."""
    return _ENGINES[name].languages


def load(name: EngineName) -> Engine:
    """Load an engine, which takes seconds. Only for the simulator process."""
    return cast("Engine", import_module(_ENGINES[name].module))
