"""What a type checker sees of the circuits that are taken; nothing is imported for it.

Each protocol names just what tells that package's circuits from anything else. At run time the real class decides.
"""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Protocol, TypeAlias


class QiskitCircuit(Protocol):
    """`qiskit.QuantumCircuit`."""

    @property
    def num_clbits(self) -> int:
        """How many classical bits it has."""
        ...

    @property
    def cregs(self) -> Any:
        """Its classical registers."""
        ...


class PytketCircuit(Protocol):
    """`pytket.Circuit`."""

    @property
    def n_qubits(self) -> int:
        """How many qubits it has."""
        ...

    def free_symbols(self) -> set[Any]:
        """Its parameters without a value."""
        ...


class CirqCircuit(Protocol):
    """`cirq.Circuit` and `cirq.FrozenCircuit`."""

    @property
    def moments(self) -> Sequence[Any]:
        """Its moments."""
        ...

    def all_measurement_key_names(self) -> Any:
        """The keys that it measures into."""
        ...


class PennyLaneTape(Protocol):
    """`pennylane.tape.QuantumScript`, which a `QuantumTape` is."""

    @property
    def operations(self) -> Any:
        """What it does."""
        ...

    @property
    def measurements(self) -> Any:
        """What it measures."""
        ...


class PennyLaneNode(Protocol):
    """`pennylane.QNode` that takes no argument."""

    @property
    def device(self) -> Any:
        """The device that it is bound to."""
        ...

    @property
    def func(self) -> Any:
        """The function that it wraps."""
        ...


class BraketCircuit(Protocol):
    """`braket.circuits.Circuit`."""

    @property
    def qubit_count(self) -> int:
        """How many qubits it has."""
        ...

    @property
    def instructions(self) -> Any:
        """What it does."""
        ...


Circuit: TypeAlias = QiskitCircuit | PytketCircuit | CirqCircuit | PennyLaneTape | PennyLaneNode | BraketCircuit
"""A circuit of one of the packages that are known here."""

Program: TypeAlias = str | PathLike[str] | Circuit
"""What can be given as a program: text, the path of a file that holds it, or a circuit."""
