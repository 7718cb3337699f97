"""A repr that can be copied into a script: only what was given, as one would write it."""

from typing import TYPE_CHECKING, Any, cast

from attrs import NOTHING, AttrsInstance, fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute


class ConciseRepr(AttrsInstance):
    """The repr of an attrs class, declared with `repr=False`, that leaves out default values."""

    __slots__ = ()

    def __repr__(self) -> str:
        """A call that makes it."""
        told: list[str] = []
        for place, one in enumerate(fields(type(self))):
            value = getattr(self, one.name)
            if not one.init or value == _default(one):
                continue
            text = one.repr(value) if callable(one.repr) else repr(value)
            bare = place == len(told) and not one.kw_only and not isinstance(value, bool)
            told.append(text if bare and (place == 0 or one.default is NOTHING) else f"{one.name}={text}")
        return f"{type(self).__name__}({', '.join(told)})"


def one_or_all(values: tuple[object, ...] | None) -> str:
    """A tuple as one would write it where a single value may stand for itself; words of an enum as words."""
    if values is None:
        return "None"
    words = [repr(str(value) if isinstance(value, str) else value) for value in values]
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"


def _default(one: "Attribute[Any]") -> object:
    factory = getattr(one.default, "factory", None)
    if factory is None:
        return one.default
    made: object = factory()
    convert = cast("Callable[[object], object] | None", one.converter)  # these classes have plain functions
    return made if convert is None else convert(made)
