"""PennyLane's tapes and nodes, by `pennylane.to_openqasm`."""

import inspect
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qcaas_sdk._programs.convert.refusals import measures_nothing, not_writable
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    from pennylane import QNode
    from pennylane.tape import QuantumScript
    from pennylane.wires import Wires


_GLOBAL_PHASE = re.compile(r"^(?:if\(.*\) )?gphase\(.*\n", re.MULTILINE)
_MIDWAY = re.compile(r"^creg mcms\[(\d+)\];\n", re.MULTILINE)
_MIDWAY_BIT = re.compile(r"\bmcms\[(\d+)\](\s*==)?")


def _in_valid_openqasm(text: str) -> str:
    """What the exporter wrote, without the two things in it that OpenQASM 2 does not have.

    A global phase changes no count. A condition compares a whole register, not a bit of one, so each bit that is
    measured midway gets a register of its own.
    """
    text = _GLOBAL_PHASE.sub("", text)
    text = _MIDWAY.sub(lambda found: "".join(f"creg mcms_{bit}[1];\n" for bit in range(int(found[1]))), text)
    return _MIDWAY_BIT.sub(lambda found: f"mcms_{found[1]}{found[2] or '[0]'}", text)


def text_of_tape(tape: "QuantumScript", wires: "Wires | None" = None) -> str:
    """OpenQASM 2 of a tape: its operations, the rotations into the bases of its observables, all wires measured.

    Args:
        tape: The tape.
        wires: Which wires are measured, in the order of the bits; by default those of the tape.

    Raises:
        InvalidProgram: PennyLane cannot write it.
    """
    import pennylane  # noqa: PLC0415  # loaded: there is a tape

    wires = tape.wires if wires is None else wires
    missing = [wire for wire in tape.wires if wire not in wires]
    if missing:
        raise not_writable("PennyLane", f"the device does not have the wires {missing}: name them when you make it")
    if not wires:
        raise measures_nothing("PennyLane", "it has no wires")
    if tape.batch_size is not None:
        raise InvalidProgram(
            f"the PennyLane tape is a batch of {tape.batch_size}: its parameters have several values. Make a program "
            "of each tape that pennylane.transforms.broadcast_expand gives"
        )
    if any(getattr(operation, "postselect", None) is not None for operation in tape.operations):
        raise InvalidProgram(
            "the PennyLane tape postselects, which QPUs do not support: measure, and select from the counts"
        )
    parts, _ = pennylane.transforms.split_non_commuting(tape)
    if len(parts) > 1:
        raise InvalidProgram(
            f"the PennyLane tape measures in {len(parts)} bases, and a program has one: make a program of each tape "
            "that pennylane.transforms.split_non_commuting gives"
        )
    try:
        return _in_valid_openqasm(str(pennylane.to_openqasm(_with_simple_conditions(tape), wires=wires)))
    except (ValueError, TypeError, NotImplementedError, pennylane.exceptions.QuantumFunctionError) as error:
        raise not_writable("PennyLane", error) from error


def _with_simple_conditions(tape: "QuantumScript") -> "QuantumScript":
    """The tape with conditional operations of many gates as conditional gates, which the exporter needs."""
    from pennylane.devices.preprocess import decompose  # noqa: PLC0415  # as above
    from pennylane.io.to_openqasm import OPENQASM_GATES  # noqa: PLC0415  # as above
    from pennylane.ops import Conditional  # noqa: PLC0415  # as above
    from pennylane.tape import QuantumScript  # noqa: PLC0415  # as above

    operations = []
    for operation in tape.operations:
        if not isinstance(operation, Conditional):
            operations.append(operation)
            continue
        (flat,), _ = decompose(
            QuantumScript([operation.base]),
            stopping_condition=lambda inner: inner.name in OPENQASM_GATES,
            skip_initial_state_prep=False,
            name="to_openqasm",
            error=ValueError,
        )
        operations += [Conditional(operation.meas_val, inner) for inner in flat.operations]
    return QuantumScript(operations, tape.measurements)


def parameters_of_tape(_: "QuantumScript") -> tuple[list[str], list[str]]:
    """None: the values in a tape have no names."""
    return [], []


def bound_tape(tape: "QuantumScript", _: Mapping[str, float]) -> "QuantumScript":
    """The tape."""
    return tape


def parameters_of_node(node: "QNode") -> tuple[list[str], list[str]]:
    """The names of its arguments: those without a default, and those with one."""
    parameters = [
        parameter
        for parameter in inspect.signature(node.func).parameters.values()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]
    needed = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    return needed, [parameter.name for parameter in parameters if parameter.name not in needed]


def bound_node(node: "QNode", values: Mapping[str, float]) -> str:
    """The program of the node for these arguments."""
    import pennylane  # noqa: PLC0415  # loaded: there is a node

    given = inspect.signature(node.func).bind_partial()
    given.arguments.update(values)
    return text_of_tape(pennylane.workflow.construct_tape(node)(*given.args, **given.kwargs), node.device.wires)


def text_of_node(node: "QNode") -> str:
    """OpenQASM 2 of a node that takes no argument.

    Raises:
        InvalidProgram: It takes arguments, or PennyLane cannot write it.
    """
    import pennylane  # noqa: PLC0415  # as above

    needed, _ = parameters_of_node(node)
    if needed:
        raise InvalidProgram(
            f"the PennyLane node takes arguments ({', '.join(needed)}), so it is not a complete program: pass "
            "parameters={…} to create_job, or pennylane.workflow.construct_tape(node)(…) as the program"
        )
    return text_of_tape(pennylane.workflow.construct_tape(node)(), node.device.wires)
