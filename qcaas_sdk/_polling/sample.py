"""Awaited jobs in random order."""

from collections.abc import Callable
from typing import Generic

from qcaas_sdk._polling.decisions import J
from qcaas_sdk._polling.submission_order import SubmissionOrder


class Sample(Generic[J]):
    """Draws jobs behind the head in rounds: each job is drawn once before any is drawn again.

    A draw costs O(1): a round is shuffled as it is drawn.
    """

    def __init__(self, order: SubmissionOrder[J]) -> None:
        """Draw from the jobs of this order; tell `add` and `discard` about each."""
        self._order = order
        self._left = _Bag[J]()
        self._next_round = _Bag[J]()

    def add(self, job: J) -> None:
        """Include a job that has joined the order; it is drawn in the next round."""
        self._next_round.add(job)

    def discard(self, job: J) -> None:
        """Forget a job that has left the order."""
        self._left.discard(job)
        self._next_round.discard(job)

    def draw(self, number: int, draws: Callable[[], float]) -> list[J]:
        """At most so many jobs that are left in this round, without the head of the order.

        Args:
            number: How many.
            draws: Random numbers from 0 to 1.
        """
        head, drawn = self._order.first(1), list[J]()
        while len(self._left) and len(drawn) < number:
            job = self._left.take(int(draws() * len(self._left)))
            self._next_round.add(job)
            if job not in head:
                drawn.append(job)
        return drawn

    def begin_round(self) -> None:
        """Start the next round if none is left of this one."""
        if not len(self._left):
            self._left, self._next_round = self._next_round, self._left


class _Bag(Generic[J]):
    """Different jobs, in no order. Every operation costs O(1)."""

    def __init__(self) -> None:
        self._jobs: list[J] = []
        self._indices: dict[J, int] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: J) -> None:
        self._indices[job] = len(self._jobs)
        self._jobs.append(job)

    def take(self, index: int) -> J:
        job = self._jobs[index]
        self.discard(job)
        return job

    def discard(self, job: J) -> None:
        index = self._indices.pop(job, None)
        if index is None:
            return
        last = self._jobs.pop()
        if index < len(self._jobs):
            self._jobs[index] = last
            self._indices[last] = index
