"""PennyLane's tapes and nodes, by `pennylane.to_openqasm`."""

import inspect
import re
from typing import TYPE_CHECKING

from qcaas_sdk.circuits.refusals import not_writable
from qcaas_sdk.errors import InvalidProgram

if TYPE_CHECKING:
    from pennylane import QNode
    from pennylane.tape import QuantumScript


_GLOBAL_PHASE = re.compile(r"^gphase\([^)]*\)\s*;\n", re.MULTILINE)
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


def text_of_tape(tape: "QuantumScript") -> str:
    """OpenQASM 2 of a tape: its operations, the rotations into the bases of its observables, all wires measured.

    Raises:
        InvalidProgram: PennyLane cannot write it.
    """
    import pennylane  # noqa: PLC0415  # loaded: there is a tape

    parts, _ = pennylane.transforms.split_non_commuting(tape)
    if len(parts) > 1:
        raise InvalidProgram(
            f"the PennyLane tape measures in {len(parts)} bases, and a program has one: make a program of each tape "
            "that pennylane.transforms.split_non_commuting gives"
        )
    try:
        return _in_valid_openqasm(str(pennylane.to_openqasm(tape)))
    except (ValueError, TypeError, NotImplementedError, pennylane.exceptions.QuantumFunctionError) as error:
        raise not_writable("PennyLane", error) from error


def text_of_node(node: "QNode") -> str:
    """OpenQASM 2 of a node that takes no argument.

    Raises:
        InvalidProgram: It takes arguments, or PennyLane cannot write it.
    """
    import pennylane  # noqa: PLC0415  # as above

    needed = [
        name
        for name, parameter in inspect.signature(node.func).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]
    if needed:
        raise InvalidProgram(
            f"the PennyLane node takes arguments ({', '.join(needed)}), and so is no program yet: pass "
            "pennylane.workflow.construct_tape(node)(…)"
        )
    return text_of_tape(pennylane.workflow.construct_tape(node)())
