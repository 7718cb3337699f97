"""A read-only sequence whose only element can be used in its place."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, Self, TypeVar, overload

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import NoResult

T = TypeVar("T")
U = TypeVar("U")

MAX_SHOWN = 10
"""Outputs in a `repr`; the rest is counted."""


class OutputSequence(Sequence[T], Generic[T]):
    """The half of `JobOutputProxy` that is the same whatever the outputs are."""

    __slots__ = ("_items", "_numbers")

    def __init__(self, items: Iterable[T] = (), numbers: Sequence[int] | None = None) -> None:
        """A sequence of these items.

        Args:
            items: The items.
            numbers: The number of each in the sequence that it was chosen from; by default they count from 0.
        """
        self._items: Sequence[T] = items if isinstance(items, list | tuple) else tuple(items)
        self._numbers: Sequence[int] = range(len(self._items)) if numbers is None else numbers

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (tuple(self._items), self._numbers)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> "T | Self":
        if isinstance(index, slice):
            return type(self)(self._items[index], self._numbers[index])
        return self._items[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OutputSequence | list | tuple):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # the way Python spells "not hashable"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self.is_single_instance:
            return getattr(self._items[0], name)
        raise AttributeError(
            f"{type(self).__name__} has no attribute {name!r}. It has {len(self._items)} outputs; only with "
            "exactly one output can you read its attributes here. Use .one, .first, .last, map() or a loop"
        )

    def __repr__(self) -> str:
        left_out = len(self._items) - MAX_SHOWN
        shown = ", ".join(map(repr, self._items[:MAX_SHOWN]))
        return f"{type(self).__name__}([{shown}{f', ... and {left_out:,} more' if left_out > 0 else ''}])"

    @property
    def first(self) -> T:
        """The first output.

        Raises:
            NoResult: There is none.
        """
        return self._at(0)

    @property
    def last(self) -> T:
        """The last output.

        Raises:
            NoResult: There is none.
        """
        return self._at(-1)

    @property
    def one(self) -> T:
        """The only output.

        Raises:
            NoResult: There is none, or more than one.
        """
        if len(self._items) > 1:
            raise NoResult(f"expected exactly one output, but there are {len(self._items)}: use all() or a loop")
        return self._at(0)

    @property
    def is_single_instance(self) -> bool:
        """Whether it holds exactly one output: then that output's attributes can be read from the proxy itself."""
        return len(self._items) == 1

    def all(self) -> list[T]:
        """The outputs as a list."""
        return list(self._items)

    def map(self, fn: Callable[[T], U]) -> list[U]:
        """`fn` of each output.

        Raises:
            InvalidArgument: `fn` cannot be called.
        """
        arguments.function(fn, "fn", "a function of one output")
        return [fn(item) for item in self._items]

    def _of(self, kind: type[U]) -> tuple[list[U], list[int]]:
        """The items of a class, and their numbers."""
        both = zip(self._items, self._numbers, strict=True)
        kept = [(item, number) for item, number in both if isinstance(item, kind)]
        return [item for item, _ in kept], [number for _, number in kept]

    def _at(self, index: int) -> T:
        if not self._items:
            raise NoResult("there are no outputs; `await job.execute()` runs the job")
        return self._items[index]
