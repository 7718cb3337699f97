"""Cirq's operations and conditions as what its exporter writes rightly."""

from itertools import product
from typing import TYPE_CHECKING

from qcaas_sdk._programs.convert.refusals import not_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import cirq

_WIDEST_CONDITION = 6
"""Bits of a key. A condition that many values meet is written once for each of them."""


def in_plain_operations(operations: "Iterable[cirq.Operation]") -> "Iterator[cirq.Operation]":
    """The operations, with measurements of Paulis and controlled operations of several gates taken apart.

    Raises:
        InvalidProgram: A measurement is confused, as only simulators do.
    """
    import cirq  # noqa: PLC0415  # loaded: there is a circuit

    for operation in operations:
        plain = operation.untagged
        if isinstance(plain, cirq.ClassicallyControlledOperation):
            inner = plain.without_classical_controls()
            for one in _of_one_line(inner):
                yield one.with_classical_controls(*plain.classical_controls)
        elif isinstance(plain.gate, cirq.MeasurementGate):
            if plain.gate.confusion_map:
                raise not_writable("Cirq", "a measurement has a confusion map, which only simulators support")
            yield plain
        elif cirq.is_measurement(plain):
            parts = cirq.decompose_once(plain, default=None)
            if parts is None:
                raise not_writable("Cirq", f"a measurement is of a kind that OpenQASM does not have: {plain}")
            yield from in_plain_operations(parts)
        else:
            yield plain


def _of_one_line(operation: "cirq.Operation") -> "list[cirq.Operation]":
    """The operation in gates that take one line each: a condition in front of several lines is on the first only."""
    import cirq  # noqa: PLC0415  # as above

    arguments = cirq.QasmArgs(qubit_id_map={qubit: f"q[{place}]" for place, qubit in enumerate(operation.qubits)})

    def one_line(inner: "cirq.Operation") -> bool:
        text = cirq.qasm(inner, args=arguments, default=None)
        return (
            text is not None and len([line for line in text.splitlines() if line and not line.startswith("//")]) == 1
        )

    def otherwise(inner: "cirq.Operation") -> "list[cirq.Operation] | None":
        if not cirq.has_unitary(inner) or len(inner.qubits) > 3:  # what Cirq has a synthesis for
            return None
        matrix = cirq.unitary(inner)
        match inner.qubits:
            case (one,):
                return [gate(one) for gate in cirq.single_qubit_matrix_to_phased_x_z(matrix)]
            case (one, two):
                return list(cirq.two_qubit_matrix_to_cz_operations(one, two, matrix, allow_partial_czs=False))
            case (one, two, three):
                return list(cirq.three_qubit_matrix_to_operations(one, two, three, matrix))
        return None

    return cirq.decompose(
        operation,
        keep=one_line,
        fallback_decomposer=otherwise,
        on_stuck_raise=lambda stuck: ValueError(f"the conditional operation {stuck} has no gate in OpenQASM"),
    )


def with_values_of_conditions(circuit: "cirq.Circuit") -> "cirq.Circuit":
    """The circuit with each condition as what OpenQASM 2 has: a register equals a number.

    Cirq's first qubit is the highest bit of a key's value; bit 0 of a register is the lowest.

    Raises:
        InvalidProgram: A condition is on several keys, or on a wide one.
    """
    import cirq  # noqa: PLC0415  # as above
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415  # Cirq needs it; no types

    if not circuit.has_measurements():
        return circuit
    widths = {
        cirq.measurement_key_name(operation): len(operation.qubits)
        for operation in circuit.all_operations()
        if cirq.is_measurement(operation)
    }
    operations: list[cirq.Operation] = []
    for operation in circuit.all_operations():
        conditions = list(operation.classical_controls)
        if not conditions:
            operations.append(operation)
            continue
        keys = sorted({key for condition in conditions for key in condition.keys}, key=str)
        for key in keys:
            if str(key) not in widths:
                raise not_writable("Cirq", f"a condition is on the key {str(key)!r}, which is not measured")
        if len(keys) > 1 or widths[str(keys[0])] > _WIDEST_CONDITION:
            raise not_writable(
                "Cirq",
                f"a condition is on the keys {', '.join(map(repr, map(str, keys)))}, and OpenQASM 2 compares one "
                f"register: measure what it needs under one key, of at most {_WIDEST_CONDITION} qubits",
            )
        (key,) = keys
        plain = operation.without_classical_controls()
        for digits in product((0, 1), repeat=widths[str(key)]):
            store = cirq.ClassicalDataDictionaryStore()
            store.record_measurement(key, digits, cirq.LineQubit.range(len(digits)))
            if all(condition.resolve(store) for condition in conditions):
                value = sum(digit << place for place, digit in enumerate(digits))
                symbol = sympy.Symbol(str(key))
                operations.append(plain.with_classical_controls(sympy.Eq(symbol, value)))
    return cirq.Circuit(operations)
