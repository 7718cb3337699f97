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
        """Draw from the jobs of this order; tell `add` about each."""
        self._order = order
        self._left: list[J] = []
        self._next_round: list[J] = []

    def add(self, job: J) -> None:
        """Include a job that has joined the order; it is drawn in the next round."""
        self._next_round.append(job)
        if len(self._left) + len(self._next_round) > 2 * len(self._order) + 8:
            self._left, self._next_round = [], list(self._order)

    def draw(self, number: int, draws: Callable[[], float]) -> list[J]:
        """At most so many jobs that are left in this round, without the head of the order.

        Args:
            number: How many.
            draws: Random numbers from 0 to 1.
        """
        head, drawn = self._order.first(1), list[J]()
        while self._left and len(drawn) < number:
            index = int(draws() * len(self._left))
            self._left[index], job = self._left[-1], self._left[index]
            self._left.pop()
            if job in self._order:
                self._next_round.append(job)
                if job not in head and job not in drawn:
                    drawn.append(job)
        return drawn

    def begin_round(self) -> None:
        """Start the next round if none is left of this one."""
        while self._left and self._left[-1] not in self._order:
            self._left.pop()
        if not self._left:
            self._left, self._next_round = self._next_round, []
