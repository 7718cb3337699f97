"""Qiskit's circuits in gates that the exporters write as what they are."""

import cmath
import re
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import Barrier, ControlFlowOp, Gate, Instruction, Measure, Operation, Reset
from qiskit.circuit.library import UnitaryGate, get_standard_gate_name_mapping
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import HighLevelSynthesis

from qcaas_sdk._programs.convert.refusals import not_writable
from qcaas_sdk._programs.register_names import is_free

_LEGACY = {instruction.name for instruction in qasm2.LEGACY_CUSTOM_INSTRUCTIONS} - {"u0", "delay"}
_KNOWN = {name: gate.base_class for name, gate in get_standard_gate_name_mapping().items() if name in _LEGACY}
_KEPT = (Barrier, ControlFlowOp, Measure, Reset)
_MAX_MATRIX_QUBITS = 6
"""Qubits of a gate that is written from its matrix."""


def in_known_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with each gate either one of the header file, or one with a name and a definition of its own.

    The exporters write a gate by its name: one named like a known gate, or as no gate can be, is lost or wrong.
    Composite instructions that are no gates are taken apart; global phases change no count and are left out.

    Raises:
        InvalidProgram: Nothing tells what an instruction does.
    """
    return _Cleaner().cleaned(circuit)


class _Cleaner:
    def __init__(self) -> None:
        self.made: dict[tuple[Any, ...], list[tuple[Instruction, Gate]]] = {}
        self.names: set[str] = set()

    def cleaned(self, circuit: QuantumCircuit) -> QuantumCircuit:
        clean = circuit.copy_empty_like()
        clean.global_phase = 0
        for step in circuit.data:
            operation = step.operation
            if isinstance(operation, ControlFlowOp):
                blocks = [self.cleaned(block) for block in operation.blocks]
                clean._append(operation.replace_blocks(blocks), step.qubits, step.clbits)
            elif _is_known(operation) or isinstance(operation, _KEPT) or _is_plain(operation):
                clean._append(step)
            elif isinstance(operation, Gate) or (not step.clbits and not isinstance(operation, Instruction)):
                if step.qubits:
                    clean._append(self._named(operation), step.qubits, ())
            else:
                inside = self.cleaned(_definition(operation))
                clean.compose(inside, step.qubits, step.clbits, inplace=True)
        return clean

    def _named(self, operation: Operation) -> Gate:
        params = tuple(
            value.tobytes() if isinstance(value, np.ndarray) else str(value) for value in _params(operation)
        )
        alike = self.made.setdefault((type(operation), operation.name, operation.num_qubits, params), [])
        for made, gate in alike:
            if made == operation:
                return gate
        definition = self.cleaned(_definition(operation))
        gate = Gate(self._name(operation.name), operation.num_qubits, [])
        gate.definition = definition
        alike.append((operation, gate))
        return gate

    def _name(self, wanted: str) -> str:
        stem = re.sub(r"\W+", "_", wanted, flags=re.ASCII)
        stem = f"gate_{stem}"[:40]
        name = next(
            new for new in (stem, *(f"{stem}_{n}" for n in range(len(self.names) + 1))) if new not in self.names
        )
        assert is_free(name)
        self.names.add(name)
        return name


def _params(operation: Operation) -> list[Any]:
    return list(getattr(operation, "params", ()))


def _is_known(operation: Operation) -> bool:
    """Whether a gate is that of the header file, and not another of the same name."""
    if getattr(operation, "base_class", None) is not _KNOWN.get(operation.name):
        return False
    for value in _params(operation):
        if not cmath.isfinite(complex(value)):
            raise not_writable(
                "Qiskit", f"the gate {operation.name!r} has the parameter {value}, which is not a finite angle"
            )
    return operation.name in _KNOWN


def _is_plain(operation: Operation) -> bool:
    """What has nothing inside and is left to the exporters: delays, stores, `break`."""
    return isinstance(operation, Instruction) and not isinstance(operation, Gate) and operation.definition is None


def _definition(operation: Operation) -> QuantumCircuit:
    definition = getattr(operation, "definition", None)
    if definition is not None:
        return definition
    alone = QuantumCircuit(operation.num_qubits, operation.num_clbits)
    alone.append(operation, alone.qubits, alone.clbits)
    try:
        synthesized = PassManager([HighLevelSynthesis()]).run(alone)
        if [step.operation.name for step in synthesized.data] != [operation.name]:
            return synthesized
        if operation.num_qubits <= _MAX_MATRIX_QUBITS:
            return UnitaryGate(operation.to_matrix()).definition
    except (QiskitError, AttributeError):
        pass
    raise not_writable("Qiskit", f"the instruction {operation.name!r} has no definition: give it one")
