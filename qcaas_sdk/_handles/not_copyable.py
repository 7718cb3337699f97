"""Handles cannot be copied: two of them on one run could submit it twice."""

from typing import Any, ClassVar

from qcaas_sdk.errors import CannotBeCopied


class NotCopyable:
    """A base for what stands for something that exists once."""

    __slots__ = ()

    _instead: ClassVar[str] = "pass on its `to_snapshot()`, and make a new handle with `sdk.from_snapshot(…)`"

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise CannotBeCopied(f"{type(self).__name__} objects cannot be copied or pickled: {self._instead}")
