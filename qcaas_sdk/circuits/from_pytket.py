"""pytket's circuits, by `pytket.qasm.circuit_to_qasm_str`."""

from typing import TYPE_CHECKING, Any

from qcaas_sdk.circuits.names import TAKEN
from qcaas_sdk.circuits.refusals import measures_nothing, not_writable, unbound

if TYPE_CHECKING:
    from pytket.circuit import Circuit


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
    circuit = _with_free_names(circuit)
    try:
        return _written(circuit)
    except QASMUnsupportedError:
        pass
    except NotImplementedError as error:
        raise not_writable("pytket", error) from error
    try:
        return _written(_in_plain_gates(circuit))
    except (QASMUnsupportedError, RuntimeError) as error:
        raise not_writable("pytket", error) from error


def _with_free_names(circuit: "Circuit") -> "Circuit":
    """The circuit, with registers that are called as gates are under another name."""
    from pytket.circuit import Bit, Qubit  # noqa: PLC0415  # as above

    taken: dict[Any, Any] = {
        unit: kind(f"{unit.reg_name}_0", unit.index)
        for kind, units in ((Qubit, circuit.qubits), (Bit, circuit.bits))
        for unit in units
        if unit.reg_name in TAKEN
    }
    if not taken:
        return circuit
    renamed = circuit.copy()
    renamed.rename_units(taken)
    return renamed


def _written(circuit: "Circuit") -> str:
    from pytket.qasm.qasm import circuit_to_qasm_str  # noqa: PLC0415  # as above

    # By default it refuses registers over 32 bits, for machines that are not this service.
    widest = max((register.size for register in circuit.c_registers), default=1)
    return str(circuit_to_qasm_str(circuit, maxwidth=max(widest, 32)))


def _in_plain_gates(circuit: "Circuit") -> "Circuit":
    """The circuit in gates that every OpenQASM 2 file may use."""
    from pytket.circuit import OpType  # noqa: PLC0415  # as above
    from pytket.passes import AutoRebase, DecomposeBoxes  # noqa: PLC0415  # as above

    plain = circuit.copy()
    DecomposeBoxes().apply(plain)
    AutoRebase({OpType.CX, OpType.Rz, OpType.H}).apply(plain)
    return plain
