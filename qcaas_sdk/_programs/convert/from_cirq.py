"""Cirq's circuits, by `cirq.qasm`."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import TYPE_CHECKING

from qcaas_sdk._programs.convert.cirq_operations import in_plain_operations, with_values_of_conditions
from qcaas_sdk._programs.convert.refusals import measures_nothing, not_writable, unbound
from qcaas_sdk._programs.register_names import with_names
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    import cirq

_BIT_OF_A_REGISTER = re.compile(r"(.+)_(0|[1-9]\d*)")


def text_of(circuit: "cirq.AbstractCircuit") -> str:
    """OpenQASM 2 that means what the circuit means.

    The service counts each register by itself, and each key becomes a register. Keys `k_0`, `k_1`, … of one qubit
    each, as Cirq's importer of OpenQASM makes them of a register `k`, become one register again, so that counts tell
    what the qubits do together.

    Raises:
        InvalidProgram: A parameter has no value, nothing is measured, one key is measured twice, or Cirq cannot write
            it.
    """
    import cirq  # noqa: PLC0415  # loaded: there is a circuit

    parameters = cirq.parameter_names(circuit)
    if parameters:
        raise unbound("Cirq", parameters, "call cirq.resolve_parameters(circuit, {…}) first")
    try:
        flat = cirq.unroll_circuit_op(circuit.unfreeze(), deep=True, tags_to_check=None)
        flat = cirq.Circuit(in_plain_operations(flat.all_operations()))
    except (ValueError, TypeError) as error:
        raise not_writable("Cirq", error) from error
    measured = Counter(
        cirq.measurement_key_name(operation)
        for operation in flat.all_operations()
        if isinstance(operation.gate, cirq.MeasurementGate)
    )
    if not measured:
        raise measures_nothing("Cirq", "append cirq.measure(…)")
    for key, times in measured.items():
        if times > 1:
            raise InvalidProgram(
                f"the Cirq circuit measures the key {key!r} {times} times; the service keeps one value for each bit: "
                "give each measurement a key of its own"
            )
    flat = with_values_of_conditions(_with_whole_registers(flat))
    # Names go into comments and identifiers: those of qubits do not matter, those of keys come back.
    flat = flat.transform_qubits(
        {qubit: cirq.LineQubit(place) for place, qubit in enumerate(sorted(flat.all_qubits()))}
    )
    names = _names_of_keys(flat.all_measurement_key_names())
    flat = cirq.with_measurement_key_mapping(flat, {key: name for key, name in names.items() if key != name})
    try:
        text = str(cirq.qasm(flat))
    except (ValueError, TypeError, KeyError) as error:
        raise not_writable("Cirq", error) from error
    return with_names(text, {f"m_{key}": (f"m_{name}", None) for key, name in names.items()})


def parameters(circuit: "cirq.AbstractCircuit") -> tuple[list[str], list[str]]:
    """The names of its symbols."""
    import cirq  # noqa: PLC0415  # loaded: there is a circuit

    return sorted(cirq.parameter_names(circuit)), []


def bound(circuit: "cirq.AbstractCircuit", values: Mapping[str, float]) -> "cirq.AbstractCircuit":
    """The circuit with these values."""
    import cirq  # noqa: PLC0415  # as above

    return cirq.resolve_parameters(circuit, dict(values))


def _names_of_keys(keys: Iterable[str]) -> dict[str, str]:
    """For each key what can stand behind `m_`."""
    names = {key: key for key in keys if re.fullmatch(r"\w+", key, re.ASCII)}
    for key in sorted(keys):
        if key not in names:
            stem = re.sub(r"\W", "_", key, flags=re.ASCII) or "_"
            taken = set(names.values())
            names[key] = next(name for name in chain([stem], (f"{stem}_{n}" for n in count())) if name not in taken)
    return names


def _with_whole_registers(circuit: "cirq.Circuit") -> "cirq.Circuit":
    """The circuit, with the final measurements into `k_0`, `k_1`, … `k_n` as one measurement into `k`."""
    import cirq  # noqa: PLC0415  # as above

    keys = circuit.all_measurement_key_names()
    found: dict[str, dict[int, tuple[int, cirq.Operation]]] = defaultdict(dict)
    for moment, operation in enumerate(circuit):
        for measurement in operation:
            gate = measurement.untagged.gate
            named = isinstance(gate, cirq.MeasurementGate) and _BIT_OF_A_REGISTER.fullmatch(gate.key)
            plain = (
                isinstance(gate, cirq.MeasurementGate)
                and not any(gate.full_invert_mask())
                and len(measurement.qubits) == 1
            )
            if named and plain and circuit.next_moment_operating_on(measurement.qubits, moment + 1) is None:
                found[named[1]][int(named[2])] = (moment, measurement)
    used = {str(key) for operation in circuit.all_operations() for key in cirq.control_keys(operation)}
    whole = circuit.copy()
    for name, bits in found.items():
        operations = [bits[index][1] for index in range(len(bits)) if index in bits]
        parts = {key for key in keys if (match := _BIT_OF_A_REGISTER.fullmatch(key)) and match[1] == name}
        if name in keys or len(operations) != len(parts) or parts & used:
            continue
        whole.batch_remove(bits.values())
        whole.append(cirq.measure(*(operation.qubits[0] for operation in operations), key=name))
    return whole
