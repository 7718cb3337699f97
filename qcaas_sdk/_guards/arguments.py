"""What a caller passes in, checked where it enters: each value becomes plain Python, or an error that names it.

Values of NumPy and the like are taken wherever they mean a number or a flag. What is right already costs next to
nothing.
"""

import os
import reprlib
from collections.abc import Collection
from enum import StrEnum
from inspect import isasyncgenfunction, iscoroutinefunction
from math import inf
from operator import index
from pathlib import Path
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

from qcaas_sdk.errors import InvalidArgument

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

MAX_SHOTS = 2**31 - 1
"""Shots of one run: what a 32-bit number holds."""

MAX_WHOLE = 2**63 - 1
"""Where no other limit is said: what a database or another program holds."""

MAX_TAG = 10_000
"""Characters of a tag: with it, a request has room for a program."""


_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxlong = 41


def wrong(argument: str, expected: str, given: object, hint: str = "") -> InvalidArgument:
    """The error for an argument, which says what was expected and what came."""
    return InvalidArgument(
        f"{argument} must be {expected}, not {told(given)}{hint and f'; {hint}'}", argument=argument
    )


def told(value: object) -> str:
    """A value in a message: its beginning, and its kind where that does not tell it."""
    if value is None:
        return "None"
    if isinstance(value, str | bytes):
        return repr(value[:40]) + ("…" if len(value) > 40 else "")
    try:
        shown = _SHORT.repr(value)
    except Exception:  # a value of the user's own may do anything
        shown = "…"
    kind = type(value).__qualname__
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return shown if type(value) in {bool, int, float} or shown.startswith(kind) else f"{kind} {shown}"


def text(value: Any, argument: str, *, hint: str = "", empty: bool = False) -> str:
    """Text that can be encoded; it may be empty only if that is said.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, str):
        raise wrong(argument, "text", value, hint)
    if not value and not empty:
        raise wrong(argument, "text that is not empty", value)
    return _encodable(value, argument)


def tag_or_none(value: Any) -> str | None:
    """A tag. It is text, which may be empty, or None.

    Raises:
        InvalidArgument: It is something else.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        listed = isinstance(value, list | tuple)
        hint = "one tag applies to all jobs of a call" if listed else "pass str(…)"
        raise wrong("tag", "text or None", value, hint)
    if len(value) > MAX_TAG:
        raise InvalidArgument(f"tag has {len(value):,} characters; the maximum is {MAX_TAG:,}", argument="tag")
    return _encodable(value, "tag")


def _encodable(value: str, argument: str) -> str:
    plain = value if type(value) is str else str.__str__(value)
    if not plain.isascii():
        try:
            plain.encode()
        except UnicodeEncodeError as error:
            raise wrong(
                argument,
                f"text that can be encoded as UTF-8 (character {error.start} is half of a surrogate pair)",
                plain,
            ) from None
    return plain


def flag(value: Any, argument: str) -> bool:
    """True or False; NumPy's are taken too.

    Raises:
        InvalidArgument: It is something else.
    """
    if value is True or value is False:
        return bool(value)
    if _is_array_flag(value):
        return bool(value)
    raise wrong(argument, "True or False", value)


def whole(value: Any, argument: str, *, least: int | None = None, most: int | None = None, hint: str = "") -> int:
    """A whole number in a range; NumPy's are taken too.

    Raises:
        InvalidArgument: It is something else.
    """
    number = value
    if type(value) is not int:
        if isinstance(value, bool) or _is_array_flag(value) or not isinstance(value, SupportsIndex):
            raise wrong(argument, _range(least, most), value, hint)
        try:
            number = index(value)
        except Exception:  # an array; a value of the user's own may do anything
            raise wrong(argument, _range(least, most), value, hint) from None
    if most is None and not -MAX_WHOLE <= number <= MAX_WHOLE:
        raise wrong(argument, "a whole number of 64 bits", value, hint)
    if (least is not None and number < least) or (most is not None and number > most):
        raise wrong(argument, _range(least, most), value, hint)
    return int(number)


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return "a whole number"
    return f"a whole number from {least} to {most}" if most is not None else f"a whole number, at least {least}"


def seconds_or_none(value: Any, argument: str) -> float | None:
    """A number of seconds, 0 or more; None, as infinity, stands for no limit.

    Raises:
        InvalidArgument: It is something else.
    """
    if value is None:
        return None
    return None if (number := _amount(value, argument, "a number of seconds, 0 or more, or None")) == inf else number


def seconds(value: Any, argument: str) -> float:
    """A number of seconds, 0 or more, and finite.

    Raises:
        InvalidArgument: It is something else.
    """
    return _finite(value, argument, "a number of seconds, 0 or more")


def price(value: Any, argument: str) -> float:
    """What one of something costs: 0 or more, and finite.

    Raises:
        InvalidArgument: It is something else.
    """
    return _finite(value, argument, "a number, 0 or more")


def _finite(value: Any, argument: str, expected: str) -> float:
    number = _amount(value, argument, expected)
    if number == inf:
        raise wrong(argument, expected, value)
    return number


def _amount(value: Any, argument: str, expected: str) -> float:
    """A number from 0 to infinity."""
    if type(value) is not float and type(value) is not int:
        hint = "pass its total_seconds()" if hasattr(value, "total_seconds") else ""
        if isinstance(value, bool | str) or _is_array_flag(value) or not isinstance(value, SupportsFloat):
            raise wrong(argument, expected, value, hint)
    try:
        number = float(value)
    except Exception:  # an array, a number beyond all floats; a value of the user's own may do anything
        raise wrong(argument, expected, value) from None
    if not number >= 0.0:
        raise wrong(argument, expected, value)
    return number + 0.0  # no minus before a 0


def path(value: Any, argument: str) -> Path:
    """The path of a file.

    Raises:
        InvalidArgument: It is none, or not even the system could know it.
    """
    if not isinstance(value, str | os.PathLike):
        raise wrong(argument, "a path, as text or a pathlib.Path", value)
    try:
        name = os.fspath(value)
    except Exception:  # a value of the user's own may do anything
        raise wrong(argument, "a path, as text or a pathlib.Path", value) from None
    if isinstance(name, bytes):
        raise wrong(argument, "a path, as text or a pathlib.Path", name)
    if not name or "\0" in name:
        raise wrong(argument, "the path of a file", name)
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        raise wrong(argument, "a path that the file system can hold", value) from None
    return Path(name)


def one_of(value: Any, argument: str, choices: Collection[str]) -> str:
    """One of some words.

    Raises:
        InvalidArgument: It is another.
    """
    if not isinstance(value, str) or value not in choices:
        raise wrong(argument, f"one of {', '.join(map(repr, map(str, choices)))}", value)
    return value


def member(value: Any, argument: str, kind: type[E]) -> E:
    """A member of an enumeration of words, or the word itself.

    Raises:
        InvalidArgument: It is another.
    """
    return value if isinstance(value, kind) else kind(one_of(value, argument, list(kind)))


def each(values: Any, argument: str, kind: type[T]) -> tuple[T, ...]:
    """A sequence of objects of one kind, as a tuple.

    Raises:
        InvalidArgument: It is none, or an object in it is of another kind.
    """
    expected = f"a sequence of {kind.__name__}"
    if isinstance(values, str | bytes):
        raise wrong(argument, expected, values)
    try:
        found = tuple(values)
    except Exception:  # it cannot be iterated; a value of the user's own may do anything
        raise wrong(argument, expected, values) from None
    for value in found:
        if not isinstance(value, kind):
            raise wrong(argument, expected, value)
    return found


def function(value: Any, argument: str, expected: str, hint: str = "", *, may_wait: bool = False) -> None:
    """Check that an object can be called, and is no `async` function, whose coroutine would never run.

    Args:
        value: The object.
        argument: The name of the argument, for the message.
        expected: What it must be, for the message.
        hint: What to use instead of a function that waits.
        may_wait: Whether it may be an `async` function, because the caller awaits what it returns.

    Raises:
        InvalidArgument: It cannot, or it is an `async` function.
    """
    if not callable(value):
        raise wrong(argument, expected, value)
    if not may_wait and is_async(value):
        raise wrong(argument, f"{expected}, not async", value, hint)


def is_async(function: Any) -> bool:
    """Whether a call of this object makes a coroutine or an asynchronous generator, and runs nothing."""
    calls = (function, getattr(function, "__call__", None))  # noqa: B004  # its own call, if it is an object
    return any(iscoroutinefunction(call) or isasyncgenfunction(call) for call in calls)


def with_methods(value: Any, argument: str, expected: str, *methods: str) -> None:
    """Check that an object can be used as it is meant to.

    Raises:
        InvalidArgument: It lacks a method.
    """
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in methods):
        raise wrong(argument, expected, value)


def _is_array_flag(value: Any) -> bool:
    """Whether it is a single truth value of NumPy, or of a library like it; none is imported for that."""
    return getattr(getattr(value, "dtype", None), "kind", None) == "b" and getattr(value, "ndim", None) == 0
