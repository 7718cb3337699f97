"""What a QPU can do, in Qiskit's words: read from its features as far as they are known."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from qiskit import qasm2
from qiskit.circuit import ForLoopOp, Gate, IfElseOp, Measure, Reset, WhileLoopOp
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import Target

_LEGACY = {instruction.name for instruction in qasm2.LEGACY_CUSTOM_INSTRUCTIONS}
GATES: Mapping[str, Gate] = {
    name: gate
    for name, gate in sorted(get_standard_gate_name_mapping().items())
    if name in _LEGACY and isinstance(gate, Gate)
}
"""The gates of OpenQASM 2's `qelib1.inc` as Qiskit writes it. OQC's open compiler (QAT 3.5) reads the same list."""

CONTROL_FLOW: Mapping[str, type] = {"if_else": IfElseOp, "for_loop": ForLoopOp, "while_loop": WhileLoopOp}
"""What OpenQASM 3 can say and OpenQASM 2 cannot."""

_QUBITS = ("qubits", "qubit_count")
_MAX_SHOTS = ("max_shots", "Maximum Shots")


@frozen
class Features:
    """What is read of a QPU's features. The contract fixes none of them: all may be unknown.

    Attributes:
        qubits: How many qubits there are (`qubits` or `qubit_count`).
        max_shots: The most shots of a run (`max_shots` or `Maximum Shots`).
        languages: The languages of programs, as the service spells them (`languages`).
        everything: The features as the service sent them.
    """

    qubits: int | None
    max_shots: int | None
    languages: tuple[str, ...] | None
    everything: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, features: Mapping[str, Any]) -> "Features":
        """Read what is known, and leave out what has another shape than expected."""
        languages = features.get("languages")
        if not isinstance(languages, list | tuple) or not all(isinstance(name, str) for name in languages):
            languages = None
        return cls(
            qubits=_whole_number(features, _QUBITS),
            max_shots=_whole_number(features, _MAX_SHOTS),
            languages=None if languages is None else tuple(languages),
            everything=features,
        )

    @property
    def takes_openqasm_3(self) -> bool | None:
        """Whether programs may be OpenQASM 3; None where the features do not tell."""
        if self.languages is None:
            return None
        return any("qasm" in name.lower() and "3" in name for name in self.languages)


def target_of(qpu: str, features: Features) -> Target:
    """The target of a QPU.

    The service publishes neither couplings nor native gates; its own compiler maps programs to the chip. So the
    target is a generic one: every gate of `GATES` between all qubits, with measurements and resets anywhere, and
    control flow if the QPU says that it takes OpenQASM 3.
    """
    target = Target(f"{qpu}: generic, any gate between any qubits", num_qubits=features.qubits)
    for name, gate in GATES.items():
        target.add_instruction(gate, name=name)
    target.add_instruction(Measure())
    target.add_instruction(Reset())
    if features.takes_openqasm_3:
        for name, operation in CONTROL_FLOW.items():
            target.add_instruction(operation, name=name)
    return target


def _whole_number(features: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    for name in names:
        value = features.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
