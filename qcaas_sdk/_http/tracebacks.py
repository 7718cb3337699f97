"""Errors without the frames that know secrets: some tools show the variables of every frame."""

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def without_frames(error: E, outer: BaseException | None = None) -> E:
    """An error without the frames of its traceback, and without those of the errors behind it.

    Args:
        error: The error. The caller raises it.
        outer: The error that was being handled before; it keeps its frames.
    """
    behind: BaseException | None = error
    seen: set[int] = set()
    while behind is not None and behind is not outer and id(behind) not in seen:
        seen.add(id(behind))
        behind.__traceback__ = None
        behind = behind.__cause__ or behind.__context__
    return error
