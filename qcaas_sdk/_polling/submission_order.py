"""Jobs in the order in which a service got them: the order in which they will probably end."""

from bisect import insort
from collections.abc import Hashable, Iterator
from itertools import count, islice
from typing import Generic, TypeVar

J = TypeVar("J", bound=Hashable)

Rank = tuple[int, int]


class SubmissionOrder(Generic[J]):
    """One QPU's queue as this client knows it. A job keeps the place of its submission.

    The rank of a job that leaves stays until half of the ranks are dead, so that both ends of the queue cost O(1). A
    job is forgotten at once: it may belong to a large composite that nobody needs any more.
    """

    def __init__(self) -> None:
        self._ranks: dict[J, Rank] = {}
        self._jobs: dict[Rank, J] = {}
        self._sorted: list[Rank] = []
        self._start = 0
        self._arrivals = count()

    def add(self, job: J, place: int | None) -> None:
        """Put a job at its place; one whose submission was not seen here comes first."""
        rank = (place or 0, next(self._arrivals))
        self._ranks[job] = rank
        self._jobs[rank] = job
        insort(self._sorted, rank, lo=self._start)

    def discard(self, job: J) -> None:
        """Take a job out, if it is there."""
        rank = self._ranks.pop(job, None)
        if rank is None:
            return
        del self._jobs[rank]
        if len(self._sorted) > 2 * len(self._ranks) + 8:
            self._sorted = [rank for rank in self._sorted if rank in self._jobs]
            self._start = 0

    def first(self, number: int) -> list[J]:
        """The jobs at the head, at most so many."""
        return list(islice(self, number))

    def __iter__(self) -> Iterator[J]:
        while self._start < len(self._sorted) and self._sorted[self._start] not in self._jobs:
            self._start += 1
        for index in range(self._start, len(self._sorted)):
            if (rank := self._sorted[index]) in self._jobs:
                yield self._jobs[rank]

    def __contains__(self, job: J) -> bool:
        return job in self._ranks

    def __len__(self) -> int:
        return len(self._ranks)
