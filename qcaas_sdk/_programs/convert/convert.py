"""One door for whatever a user calls a program, and the table of what is behind it."""

import sys
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from qcaas_sdk._guards import arguments
from qcaas_sdk._programs.convert import from_braket, from_cirq, from_pennylane, from_pytket, from_qiskit
from qcaas_sdk._programs.convert.refusals import not_writable
from qcaas_sdk.errors import InvalidProgram, UnsupportedProgram


class Source(NamedTuple):
    """Circuits of one class.

    Attributes:
        package: What people call the package that they come from.
        module: A module that is loaded wherever such a circuit is.
        class_name: The name of the class in it.
        convert: From the circuit to text; raises `InvalidProgram` for a circuit that cannot be sent.
        parameters: The names of its parameters that need a value, and of those that have one unless you give another.
        bound: The circuit with the values of parameters, by name.
        exporter: What writes the text: a name in that package.
        languages: What it is written in.
        registers: What the registers of the result are called, and which bit is which.
    """

    package: str
    module: str
    class_name: str
    convert: Callable[[Any], str]
    parameters: Callable[[Any], tuple[list[str], list[str]]]
    bound: Callable[[Any, Mapping[str, float]], object]
    exporter: str
    languages: str
    registers: str

    def made(self, program: object) -> bool:
        """Whether a program is of this class (or of one derived from it); imports nothing."""
        kind = getattr(sys.modules.get(self.module), self.class_name, None)
        return isinstance(kind, type) and isinstance(program, kind)


SOURCES = (
    Source(
        package="Qiskit",
        module="qiskit.circuit",
        class_name="QuantumCircuit",
        convert=from_qiskit.text_of,
        parameters=from_qiskit.parameters,
        bound=from_qiskit.bound,
        exporter="qiskit.qasm2.dumps, or qiskit.qasm3.dumps",
        languages="OpenQASM 2; OpenQASM 3 where it needs that (control flow)",
        registers="the circuit's classical registers, by name",
    ),
    Source(
        package="pytket",
        module="pytket.circuit",
        class_name="Circuit",
        convert=from_pytket.text_of,
        parameters=from_pytket.parameters,
        bound=from_pytket.bound,
        exporter="pytket.qasm.circuit_to_qasm_str",
        languages="OpenQASM 2",
        registers="the circuit's bit registers, by name",
    ),
    Source(
        package="Cirq",
        module="cirq",
        class_name="AbstractCircuit",
        convert=from_cirq.text_of,
        parameters=from_cirq.parameters,
        bound=from_cirq.bound,
        exporter="cirq.qasm",
        languages="OpenQASM 2",
        registers="m_k for the measurement key k, one bit per qubit; keys k_0, k_1, … of one qubit each make one m_k",
    ),
    Source(
        package="PennyLane",
        module="pennylane.tape",
        class_name="QuantumScript",
        convert=from_pennylane.text_of_tape,
        parameters=from_pennylane.parameters_of_tape,
        bound=from_pennylane.bound_tape,
        exporter="pennylane.to_openqasm",
        languages="OpenQASM 2",
        registers="c, one bit per wire in the order of tape.wires; all wires are measured",
    ),
    Source(
        package="PennyLane",
        module="pennylane",
        class_name="QNode",
        convert=from_pennylane.text_of_node,
        parameters=from_pennylane.parameters_of_node,
        bound=from_pennylane.bound_node,
        exporter="pennylane.to_openqasm",
        languages="OpenQASM 2",
        registers="c, one bit per wire in the order of the device's wires; all wires are measured",
    ),
    Source(
        package="Braket",
        module="braket.circuits",
        class_name="Circuit",
        convert=from_braket.text_of,
        parameters=from_braket.parameters,
        bound=from_braket.bound,
        exporter="Circuit.to_ir",
        languages="OpenQASM 3, with Braket's own gates defined in it",
        registers="b, one bit per measured qubit in the order of measurement; all qubits where none is measured",
    ),
)
"""The circuits that are taken."""


def program_text(program: object) -> str:
    """The text of a program.

    Args:
        program: OpenQASM 2, OpenQASM 3 or QIR as text; the path of a file with such text; or a circuit of a class in
            `SOURCES`.

    Raises:
        UnsupportedProgram: Its type is not supported; the message says which types are.
        InvalidProgram: It is empty, not text, or a circuit that cannot be sent: a parameter has no value, nothing is
            measured, or its package cannot write it as OpenQASM.
        OSError: The file cannot be read.
    """
    if isinstance(program, str):
        return _checked(program)
    if isinstance(program, PathLike):
        return _checked(_read(arguments.path(program, "program")))
    for source in SOURCES:
        if source.made(program):
            return _checked(_converted(source, program))
    known = ", ".join(f"{source.package}'s {source.class_name}" for source in SOURCES)
    raise UnsupportedProgram(
        f"a program of type {type(program).__module__}.{type(program).__qualname__} cannot be sent; pass "
        f"OpenQASM 2, OpenQASM 3 or QIR as text, the pathlib.Path of a file with such text, {known}"
    )


def _converted(source: Source, program: object) -> str:
    try:
        return source.convert(program)
    except InvalidProgram:
        raise
    except Exception as error:  # whatever a package raises about a circuit, the circuit cannot be sent
        raise not_writable(source.package, f"{type(error).__name__}: {error}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        raise InvalidProgram(
            f"{path} is not a text file (byte {error.start} is not UTF-8); pass OpenQASM 2, OpenQASM 3 or "
            "QIR as text, not as bitcode"
        ) from error


def _checked(text: str) -> str:
    if not text.strip():
        raise InvalidProgram("the program is empty: pass OpenQASM 2, OpenQASM 3 or QIR text")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidProgram(f"the program has a character that cannot be encoded as UTF-8: {error}") from error
    return text if type(text) is str else str.__str__(text)
