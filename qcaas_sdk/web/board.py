"""The state of the page: rows, counts and figures, each with the version in which it changed.

A browser says which version it has, and gets what has changed since. So a new browser, one that was away for an hour
and one that is up to date all get the same kind of message, and no list of events is kept.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._record import JobRecord, JobState, states_in
from qcaas_sdk.web.figures import Figures
from qcaas_sdk.web.history import CountsOverTime, runs_since
from qcaas_sdk.web.rows import STATES, Row
from qcaas_sdk.web.source import Changes

MAX_ROWS = 500
"""Rows in one message."""

FIGURES_EVERY_S = 1.0
"""Seconds between two versions of the figures."""


class Board:
    """What the page shows.

    Attributes:
        epoch: Names this board: a browser that has seen another one begins again.
        version: Grows with each change.
        service: The service that the jobs run on; empty while that is not known.
        working: Whether a process works on the jobs.
        error: Why the jobs cannot be followed; empty if they can.
    """

    def __init__(
        self, clock: Clock, requests: Callable[[], int | None], estimates: Mapping[str, WaitEstimate]
    ) -> None:
        """An empty board.

        Args:
            clock: The source of time.
            requests: How many requests were sent to the service; None if that is not known.
            estimates: What the service says about its queues, by QPU.
        """
        self.epoch = secrets.token_hex(4)
        self.version = 0
        self.error = ""
        self.working = True
        self.service = ""
        self._clock = clock
        self._requests = requests
        self._estimates = estimates
        self._rows: dict[int, Row] = {}  # in the order of their versions
        self._counts: Counter[JobState] = Counter()
        self._entered: Counter[JobState] = Counter()
        self._history = CountsOverTime()
        self._figures = Figures()
        self._figures_at = float("-inf")
        self._figures_version = 0
        self._figures_text = ""
        self._stale = False
        self._last: tuple[int, int, bytes] | None = None

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return len(self._rows)

    @property
    def ended(self) -> bool:
        """Whether there are jobs, and all have ended."""
        done = sum(self._counts[state] for state in states_in("ended"))
        return 0 < done == len(self._rows)

    @property
    def waiting(self) -> list[str]:
        """The QPUs with jobs that wait there."""
        return self._figures.waiting()

    def update(self, changes: Changes) -> bool:
        """Take in changes; says whether the page has to change."""
        for number, record in changes.jobs.items():
            self._take(number, record, changes.labels.get(number))
        self._stale = self._stale or bool(changes.jobs)
        return self._refresh_figures() or bool(changes.jobs)

    def note(self, number: int, record: JobRecord, text: str) -> None:
        """Say beside a job how the last thing that the page did with it went."""
        if number in self._rows:
            self._rows[number].note = text
            self._take(number, record, None)

    def texts(self, number: int) -> tuple[str, str]:
        """What a person calls a job, and what is noted about it."""
        row = self._rows.get(number)
        return ("", "") if row is None else (row.label, row.note)

    def set_working(self, working: bool) -> bool:
        """Say whether a process works on the jobs; returns whether that is new."""
        if working is self.working:
            return False
        self.working = working
        self.version += 1
        return True

    def set_service(self, service: str) -> bool:
        """Say which service the jobs run on; returns whether that is new."""
        if service == self.service:
            return False
        self.service = service
        self.version += 1
        return True

    def set_error(self, error: str) -> bool:
        """Say why the jobs cannot be followed; returns whether that is new."""
        if error == self.error:
            return False
        self.error = error
        self.version += 1
        return True

    def has_news(self, version: int) -> bool:
        """Whether something has changed since a version."""
        return version < self.version

    def since(self, version: int) -> Iterator[tuple[bytes, int]]:
        """Messages with what has changed since a version, each with the version that it leads to.

        Each has at most `MAX_ROWS` rows, so that a browser has time for other things between them. Only the last has
        the counts and the figures.
        """
        if self._last is not None and self._last[0] == version and self._last[1] == self.version:
            yield self._last[2], self.version
            return
        target, rows = self.version, [(row.version, row) for row in self._rows_since(version)][::-1]
        begin = 0
        while len(rows) - begin > MAX_ROWS:
            part = rows[begin : begin + MAX_ROWS]
            begin += MAX_ROWS
            yield _encoded({"rows": [row.cells for _, row in part]}), part[-1][0]
        document: dict[str, Any] = {
            "rows": [row.cells for _, row in rows[begin:]],
            "counts": [self._counts[state] for state in STATES],
            "entered": [self._entered[state] for state in STATES],
            "service": self.service,
            "working": self.working,
            "error": self.error,
        }
        message = _encoded(document)
        if version < self._figures_version:
            message = b'%b,"figures":%b}' % (message[:-1], self._figures_text.encode())
        if not begin:
            self._last = (version, target, message)
        yield message, target

    def _rows_since(self, version: int) -> Iterator[Row]:
        """The rows that changed after a version, the latest first."""
        for row in reversed(self._rows.values()):
            if row.version <= version:
                return
            yield row

    def _take(self, number: int, record: JobRecord, label: str | None) -> None:
        row = self._rows.pop(number, None) or Row(number)
        self._rows[number] = row
        known = row.version > 0
        self.version += 1
        row.version = self.version
        if label is not None:
            row.label = label
        if known:
            self._counts[row.state] -= 1
            self._figures.of(row.qpu_id).counts[row.state] -= 1
        for transition in record.transitions[row.seen :]:
            at = transition.at.timestamp()
            self._entered[transition.target] += 1
            self._history.moved(transition.source, transition.target, at)
            if transition.target in states_in("ended"):
                self._figures.of(record.qpu_id).ended(at)
        if any(one.target in states_in("ended") for one in record.transitions[row.seen :]):
            for transitions, times in runs_since(record, row.seen):
                self._history.ran(transitions, times)
        for output in record.history[row.outputs :]:
            self._figures.add(output)
        usage = record.used + record.usage
        self._figures.usage += usage - row.usage
        row.usage = usage
        row.seen, row.outputs = len(record.transitions), len(record.history)
        row.fill(record)
        self._counts[row.state] += 1
        self._figures.of(row.qpu_id).counts[row.state] += 1

    def _refresh_figures(self) -> bool:
        """Make the figures again if they are old; says whether they have changed."""
        moment = self._clock.monotonic()  # the time of day may be set back
        if not (self._stale or not self.ended) or moment - self._figures_at < FIGURES_EVERY_S:
            return False
        self._figures_at, self._stale = moment, False
        now = self._clock.wall().timestamp()
        document = self._figures.document(now, self._requests(), self._estimates) | {
            "now": round(now * 1000),
            "history": self._history.document(now, living=not self.ended),
        }
        self._figures_text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        self.version += 1
        self._figures_version = self.version
        return True


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
