"""What a job and a composite of jobs have in common: a record, an owner, observers, files and pictures."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from qcaas_sdk import _snapshot
from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.not_copyable import NotCopyable
from qcaas_sdk._handles.owner import Owner
from qcaas_sdk._record import HandleObserver, JobTransition, StateRecord
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.errors import SdkNotOpen

if TYPE_CHECKING:
    from qcaas_sdk._handles.live.cells import Cell
    from qcaas_sdk._handles.live.subjects import Subject


class Handle(NotCopyable):
    """What a user holds on a record. Nothing here sends a request."""

    __slots__ = ()

    _kind: ClassVar[str]  # for messages
    _record: StateRecord
    _owner: Owner

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition so far, of all runs, oldest first."""
        return tuple(self._record.transitions)

    def to_snapshot(self) -> JobSnapshot | CompositeJobSnapshot:
        """Its current state as a JSON object for `OqcSdk.from_snapshot`."""
        raise NotImplementedError

    def save(self, path: str | Path) -> None:
        """Write the snapshot to a file for `OqcSdk.load`. The file is written completely or not at all.

        Raises:
            OSError: The file cannot be written; the error names the path. The file has its old or its new content,
                never a part.
            BadSnapshot: As `to_snapshot`.
            InvalidArgument: `path` is not a path.
        """
        path = arguments.path(path, "path")
        _snapshot.save(self.to_snapshot(), path)

    def observe(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Call `observer` with this object and each of its transitions, when it happens.

        It must not wait, and it must not raise: its error goes to the call that made the transition, and to all who
        wait for the job.

        Raises:
            InvalidArgument: `observer` is not a function, or an `async` one.
        """
        hint = f"to wait at each transition, use `async for transition in {self._kind}.events()`"
        arguments.function(observer, "observer", f"a function of the {self._kind} and a transition", hint)
        self._record.observe(HandleObserver(self, observer))

    def unobserve(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Undo `observe`; nothing happens if `observer` is not registered."""
        self._record.unobserve(HandleObserver(self, observer))

    def _subject(self) -> "Subject":
        """What a notebook shows of it."""
        raise NotImplementedError

    def _cell(self) -> "Cell | None":
        from qcaas_sdk._handles.live.cells import cell_of  # noqa: PLC0415  # only in a notebook

        return cell_of(self._subject(), self._owner.scheduler)

    def _ipython_display_(self) -> None:
        cell = self._cell()
        if cell is None:
            raise NotImplementedError  # IPython then asks for `_repr_mimebundle_`
        cell.show()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from qcaas_sdk._handles.live.cells import bundle_of  # noqa: PLC0415  # as above

        return dict(bundle_of(self._subject(), self._owner.scheduler))

    async def _change(self) -> None:
        """Wait until something about it changes.

        Raises:
            SdkNotOpen: The SDK was closed meanwhile.
        """
        changed, closed = asyncio.Event(), asyncio.Event()

        def wake(*_: object) -> None:
            changed.set()

        def close() -> None:
            closed.set()
            changed.set()

        self._record.observe(wake)
        self._record.wait_for_errors(wake)
        forget = self._owner.scheduler.on_close(close)
        try:
            await changed.wait()
        finally:
            self._record.unobserve(wake)
            self._record.ignore_errors(wake)
            forget()
        if closed.is_set():
            raise SdkNotOpen(f"the SDK was closed while you waited for {self!r}: open it, and call `wait()` again")

    def __repr__(self) -> str:
        return repr(self._record)


def cell_of(handle: Handle) -> "Cell | None":
    """The cell that shows a handle while it changes; None if it does not. For other modules of this package."""
    return handle._cell()


def closed_while_followed(followed: object) -> SdkNotOpen:
    """The error for `events()` when the SDK is closed."""
    return SdkNotOpen(
        f"the SDK was closed while you followed the events of {followed!r}. The run goes on at the service: open the "
        "SDK and call `wait()` or `events()` again"
    )
