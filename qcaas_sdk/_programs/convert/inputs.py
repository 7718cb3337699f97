"""The `input` variables of OpenQASM 3, which get their values before the text is sent: the service has none."""

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk.errors import InvalidArgument, InvalidProgram

_STATEMENT = re.compile(
    r"""//[^\n]* | /\*.*?(?:\*/|\Z) | "[^"\n]*" | '[^'\n]*' | (?:\#\s*)?\bpragma\b[^\n]* | @[^\n]*
    | (?<![\w$.])input\s+(?P<type>[A-Za-z_]\w*)\s*(?P<size>\[[^;{}]*?\])?\s*(?P<name>[^\W\d]\w*)\s*;""",
    re.DOTALL | re.VERBOSE,
)
"""A statement `input TYPE NAME;`, and before it what may hold those words and is no statement."""

_VERSION_2 = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*OPENQASM\s+2", re.DOTALL)
_NUMBERS = {"int", "uint", "float", "angle", "bool"}


@frozen
class _Input:
    """A variable without a value.

    Attributes:
        name: Its name.
        kind: Its type, without the size.
        bits: The size, if it is a plain number.
        declared: Its type as it is written.
        begin: Where its statement begins.
        end: Where that ends.
    """

    name: str
    kind: str
    bits: int | None
    declared: str
    begin: int
    end: int


def inputs_of(text: str) -> list[str]:
    """The names of the `input` variables of a program, in order."""
    return [found.name for found in _inputs(text)]


def check_bound(text: str) -> None:
    """Refuse a program with `input` variables, which have no value.

    Raises:
        InvalidProgram: It has some; the message names them.
    """
    if names := inputs_of(text):
        raise InvalidProgram(
            f"the program has input variables without a value: {', '.join(names)}; pass "
            f"parameters={{{names[0]!r}: …}} to create_job"
        )


def with_inputs(text: str, values: Mapping[str, Value]) -> str:
    """The program with each `input` as a constant; its lines keep their numbers.

    Raises:
        InvalidArgument: A value does not fit the type of its variable.
    """
    parts, position = [], 0
    for found in _inputs(text):
        lines = "\n" * text.count("\n", found.begin, found.end)
        parts += [
            text[position : found.begin],
            f"const {found.declared} {found.name} = {_written(found, values[found.name])};{lines}",
        ]
        position = found.end
    return "".join([*parts, text[position:]])


def _inputs(text: str) -> Iterator[_Input]:
    if "input" not in text or _VERSION_2.match(text):
        return
    for match in _STATEMENT.finditer(text):
        if match["name"] is None:
            continue
        size = " ".join((match["size"] or "").split())
        number = re.fullmatch(r"\[ ?(\d+) ?\]", size)
        bits = int(number[1]) if number else None
        yield _Input(match["name"], match["type"], bits, match["type"] + size, match.start(), match.end())


def _written(found: _Input, value: Value) -> str:
    """A value as OpenQASM 3 writes it."""
    if found.kind not in _NUMBERS:
        raise _misfit(found, f"only {', '.join(sorted(_NUMBERS))} can be parameters")
    if isinstance(value, bool) is not (found.kind == "bool"):
        raise _misfit(found, f"{value!r} is not {'True or False' if found.kind == 'bool' else 'a number'}")
    if found.kind == "bool":
        return "true" if value else "false"
    if found.kind in {"float", "angle"}:
        return repr(float(value))
    whole = int(value)
    if whole != value:
        raise _misfit(found, f"{value!r} is not a whole number")
    if found.kind == "uint" and whole < 0:
        raise _misfit(found, f"{whole} is negative")
    wide = found.bits if found.kind == "uint" or found.bits is None else found.bits - 1
    if wide is not None and not -(2**wide) <= whole < 2**wide:
        raise _misfit(found, f"{whole} does not fit")
    return str(whole)


def _misfit(found: _Input, why: str) -> InvalidArgument:
    return InvalidArgument(
        f"the parameter {found.name!r} is declared as {found.declared}: {why}", argument="parameters"
    )
