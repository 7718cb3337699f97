"""Jobs in the order in which a service got them: the order in which they will probably end."""

from bisect import insort
from collections.abc import Hashable, Iterator
from itertools import count, islice
from typing import Generic, TypeVar

J = TypeVar("J", bound=Hashable)

Rank = tuple[int, int]


class SubmissionOrder(Generic[J]):
    """One QPU's queue as this client knows it. A job keeps the place of its submission.

    A job that leaves keeps its entry until half of the entries are dead, so that both ends of the queue cost O(1).
    """

    def __init__(self) -> None:
        self._ranks: dict[J, Rank] = {}
        self._entries: list[tuple[Rank, J]] = []
        self._start = 0
        self._arrivals = count()

    def add(self, job: J, place: int | None) -> None:
        """Put a job at its place; one whose submission was not seen here comes first."""
        rank = (place or 0, next(self._arrivals))
        self._ranks[job] = rank
        insort(self._entries, (rank, job), lo=self._start, key=_rank)

    def discard(self, job: J) -> None:
        """Take a job out, if it is there."""
        if self._ranks.pop(job, None) is None:
            return
        if len(self._entries) > 2 * len(self._ranks) + 8:
            self._entries = [entry for entry in self._entries if self._is_live(entry)]
            self._start = 0

    def first(self, number: int) -> list[J]:
        """The jobs at the head, at most so many."""
        return list(islice(self, number))

    def __iter__(self) -> Iterator[J]:
        while self._start < len(self._entries) and not self._is_live(self._entries[self._start]):
            self._start += 1
        for index in range(self._start, len(self._entries)):
            if self._is_live(entry := self._entries[index]):
                yield entry[1]

    def _is_live(self, entry: tuple[Rank, J]) -> bool:
        return self._ranks.get(entry[1]) == entry[0]

    def __contains__(self, job: J) -> bool:
        return job in self._ranks

    def __len__(self) -> int:
        return len(self._ranks)


def _rank(entry: tuple[Rank, J]) -> Rank:
    return entry[0]
