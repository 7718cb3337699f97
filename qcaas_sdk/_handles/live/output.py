"""Follows what cells show: a few updates a second while it changes, and the still picture in the end."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from qcaas_sdk._handles.live.subjects import Document, Subject, records_of
from qcaas_sdk._record import CompositeRecord, JobTransition, StateRecord
from qcaas_sdk.diagrams.diagram import MimeBundle

EVERY_S = 0.2
"""Seconds between two updates. What happens between them is one update."""

Bundle = Mapping[str, Any]
"""What a cell shows, by media type."""

_log = logging.getLogger(__name__)


class View(Protocol):
    """The widgets and the outputs of cells that show one thing."""

    @property
    def name(self) -> str:
        """Names the outputs of the cells."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether it was shown, and no cell shows it any more."""
        ...

    def bundle(self, still: MimeBundle) -> Bundle:
        """The widget; where widgets are off, the still picture is shown."""
        ...

    def update(self, shown: Document) -> None:
        """Show something else."""
        ...

    def finish(self, shown: Document, still: MimeBundle) -> None:
        """Show the last picture, in place of the widget where that is possible."""
        ...


Connect = Callable[[Document, Document, Callable[[], None]], View]
"""Makes a view of what is constant, what is shown first, and what to call when a cell shows it again."""


class LiveOutput:
    """Follows one thing until its run has ended or its SDK is closed.

    Attributes:
        view: What shows it.
    """

    def __init__(
        self, subject: Subject, connect: Connect, on_close: Callable[[Callable[[], None]], Callable[[], None]]
    ) -> None:
        """Follow it from now on.

        Args:
            subject: The job or the composite.
            connect: Makes what shows it.
            on_close: Has a function called when the SDK is closed; returns what undoes that.
        """
        self._subject = subject
        self._shown = subject.moving()
        self._watched: set[StateRecord] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent_at = float("-inf")
        self.view = connect(subject.constant(), self._shown, self._show_again)
        self._forget = on_close(self._finish)
        self._watch()
        _outputs[subject.root] = self

    def bundle(self) -> Bundle:
        """What a cell shows."""
        return self.view.bundle(self._subject.still())

    def _watch(self) -> None:
        """Watch every job and composite in it, also those that were added meanwhile."""
        for record in records_of(self._subject.root):
            if record not in self._watched:
                self._watched.add(record)
                record.observe(self._changed)
                if isinstance(record, CompositeRecord):
                    record.followers = (*record.followers, self._joined)

    def _joined(self) -> None:
        self._watch()
        self._later()

    def _changed(self, record: StateRecord, transition: JobTransition | None) -> None:
        if not self._watched:  # the last job has changed the composite, which has ended
            return
        if transition is not None and not isinstance(record, CompositeRecord):
            self._subject.entered(transition.target)
        if self._subject.root.ended:
            self._finish()  # at once: a kernel may end with the cell that waited for this
        else:
            self._later()

    def _later(self) -> None:
        """Show what has changed, soon."""
        if self._timer is not None:
            return
        try:
            self._loop = loop = asyncio.get_running_loop()
        except RuntimeError:  # made in a cell without `await`; nothing else happens meanwhile
            self._update()
            return
        self._timer = loop.call_at(max(loop.time(), self._sent_at + EVERY_S), self._update)

    def _show_again(self) -> None:
        """A cell shows it again; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._update)

    def _update(self) -> None:
        self._timer = None
        if self.view.hidden or not self._watched:
            return
        if self._loop is not None:
            self._sent_at = self._loop.time()
        shown = self._subject.moving()
        if shown == self._shown:
            return
        self._shown = shown
        try:
            self.view.update(shown)
        except Exception as error:  # a picture must not stop a job
            self._stop()
            _log.warning("a notebook does not show %r any more: %s", self._subject.root, error)

    def _finish(self) -> None:
        """Show the last picture, and follow no more."""
        if not self._watched:
            return
        self._stop()
        try:
            still = self._subject.still()
            self.view.finish(self._subject.last(still), still)
        except Exception as error:  # as above
            _log.warning("a notebook does not show the end of %r: %s", self._subject.root, error)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for record in self._watched:
            record.unobserve(self._changed)
            if isinstance(record, CompositeRecord):
                record.followers = tuple(one for one in record.followers if one != self._joined)
        self._watched = set()
        self._forget()
        _outputs.pop(self._subject.root, None)


_outputs: dict[StateRecord, LiveOutput] = {}
"""By the record that is shown: one output for all cells that show it."""


def output_of(root: StateRecord) -> LiveOutput | None:
    """The output that follows a record; None if none does."""
    return _outputs.get(root)
