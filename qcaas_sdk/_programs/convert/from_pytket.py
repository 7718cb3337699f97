"""pytket's circuits, by `pytket.qasm.circuit_to_qasm_str`."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qcaas_sdk._programs.convert.refusals import measures_nothing, not_writable, unbound
from qcaas_sdk._programs.register_names import Place, free_names, with_names
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    from pytket.circuit import Circuit

_ASSIGNMENT = re.compile(r"^[^=\n]*(?<![=!<>])=(?!=).*$", re.MULTILINE)


def text_of(circuit: "Circuit") -> str:
    """OpenQASM 2 that means what the circuit means.

    Gates that OpenQASM 2 has no name for are first rewritten by pytket's own rebase.

    Raises:
        InvalidProgram: A parameter has no value, nothing is measured, or pytket cannot write it.
    """
    from pytket.circuit import OpType  # noqa: PLC0415  # loaded: there is a circuit
    from pytket.qasm.qasm import QASMUnsupportedError  # noqa: PLC0415  # as above

    if circuit.free_symbols():
        raise unbound("pytket", circuit.free_symbols(), "call circuit.symbol_substitution(…) first")
    if not circuit.n_gates_of_type(OpType.Measure, include_conditional=True):
        raise measures_nothing("pytket", "call circuit.measure_all() or measure some qubits")
    plain, places = _with_free_names(_in_openqasm_2(circuit))
    try:
        return with_names(_written(plain), places)
    except QASMUnsupportedError:
        pass
    except NotImplementedError as error:
        raise not_writable("pytket", error) from error
    try:
        return with_names(_written(_in_plain_gates(plain)), places)
    except (QASMUnsupportedError, RuntimeError) as error:
        raise not_writable("pytket", error) from error


def parameters(circuit: "Circuit") -> tuple[list[str], list[str]]:
    """The names of its symbols."""
    return sorted(map(str, circuit.free_symbols())), []


def bound(circuit: "Circuit", values: Mapping[str, float]) -> "Circuit":
    """The circuit with these values, in pytket's unit: half turns."""
    copied = circuit.copy()
    copied.symbol_substitution({symbol: values[str(symbol)] for symbol in circuit.free_symbols()})
    return copied


def _in_openqasm_2(circuit: "Circuit") -> "Circuit":
    """The circuit without what the exporter writes, and OpenQASM 2 does not have.

    Raises:
        InvalidProgram: It computes with bits, or depends on some bits of a register.
    """
    from pytket.circuit import Bit, Circuit, Conditional, OpType, Qubit  # noqa: PLC0415  # loaded: there is a circuit
    from pytket.passes import DecomposeBoxes  # noqa: PLC0415  # as above

    boxless = circuit.copy()
    DecomposeBoxes().apply(boxless)
    plain = Circuit()
    for qubit in boxless.qubits:
        plain.add_qubit(qubit)
    for bit in boxless.bits:
        plain.add_bit(bit)
    whole = {register.name: register.to_list() for register in boxless.c_registers}
    for command in boxless.get_commands():
        operation, units = command.op, list(command.args)
        if operation.type == OpType.Barrier:
            if command.qubits:  # a barrier of OpenQASM has no bits
                plain.add_barrier(command.qubits)
            continue
        condition = {}
        if isinstance(operation, Conditional):
            bits, units = units[: operation.width], units[operation.width :]
            condition = _condition(bits, operation.value, whole)
            operation = operation.op
            if operation.type == OpType.Barrier:
                continue
        kinds = {Bit if isinstance(unit, Bit) else Qubit for unit in units if isinstance(unit, Bit | Qubit)}
        calculates = Qubit not in kinds if units else operation.type != OpType.Phase
        if calculates or (Bit in kinds and operation.type != OpType.Measure) or len(kinds) == 0 < len(units):
            raise InvalidProgram(
                f"the pytket circuit computes with bits ({operation.get_name()}), which OpenQASM 2 cannot: do that "
                "with the counts, or write the program as OpenQASM 3 text"
            )
        if units:
            plain.add_gate(operation, units, **condition)
    return plain


def _condition(bits: "list[Any]", value: int, whole: "dict[str, list[Any]]") -> dict[str, Any]:
    """A condition in the order of its register."""
    register = whole.get(bits[0].reg_name, []) if bits else []
    if set(register) != set(bits):
        raise not_writable(
            "pytket",
            f"a condition on {', '.join(map(str, bits))} is not on an entire classical register: measure into a "
            "register that holds just these bits",
        )
    worth = {bit: value >> place & 1 for place, bit in enumerate(bits)}
    ordered = sum(worth[bit] << place for place, bit in enumerate(register))
    return {"condition_bits": register, "condition_value": ordered}


def _with_free_names(circuit: "Circuit") -> "tuple[Circuit, dict[str, Place]]":
    """The circuit with register names that OpenQASM can have, and what the bit registers are called now."""
    from pytket.circuit import Bit, Qubit  # noqa: PLC0415  # as above

    names = free_names([*(unit.reg_name for unit in circuit.bits), *(unit.reg_name for unit in circuit.qubits)])
    renamed: dict[Any, Any] = {
        unit: kind(names[unit.reg_name], unit.index)
        for kind, units in ((Qubit, circuit.qubits), (Bit, circuit.bits))
        for unit in units
        if names[unit.reg_name] != unit.reg_name
    }
    places: dict[str, Place] = {unit.reg_name: (names[unit.reg_name], None) for unit in circuit.bits}
    if renamed:
        circuit = circuit.copy()
        circuit.rename_units(renamed)
    return circuit, places


def _written(circuit: "Circuit") -> str:
    from pytket.qasm.qasm import circuit_to_qasm_str  # noqa: PLC0415  # as above

    # By default it refuses registers over 32 bits, for machines that are not this service.
    widest = max((register.size for register in circuit.c_registers), default=1)
    text = str(circuit_to_qasm_str(circuit, maxwidth=max(widest, 32)))
    assignment = _ASSIGNMENT.search(text)
    if assignment is not None:
        raise not_writable("pytket", f"OpenQASM 2 does not have {assignment[0].strip()!r}")
    return text


def _in_plain_gates(circuit: "Circuit") -> "Circuit":
    """The circuit in gates that every OpenQASM 2 file may use."""
    from pytket.circuit import OpType  # noqa: PLC0415  # as above
    from pytket.passes import AutoRebase, DecomposeBoxes  # noqa: PLC0415  # as above

    plain = circuit.copy()
    DecomposeBoxes().apply(plain)
    AutoRebase({OpType.CX, OpType.Rz, OpType.H}).apply(plain)
    return plain
