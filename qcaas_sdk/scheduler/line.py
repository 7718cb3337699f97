"""Jobs in the order in which a service got them: the order in which they will probably end."""

from bisect import bisect_left, insort
from itertools import count

from qcaas_sdk._record import JobRecord

Place = tuple[int, int]


class Line:
    """A queue as this side of it knows it. Whoever waits first or last, a job stands where its submission put it."""

    def __init__(self) -> None:
        self._places: dict[JobRecord, Place] = {}
        self._order: list[tuple[Place, JobRecord]] = []
        self._arrivals = count()

    def add(self, job: JobRecord) -> None:
        """Put a job where it belongs; one whose submission nobody has seen stands first."""
        place = (job.run.place or 0, next(self._arrivals))
        self._places[job] = place
        insort(self._order, (place, job), key=_place)

    def discard(self, job: JobRecord) -> None:
        """Take a job out, if it is there."""
        place = self._places.pop(job, None)
        if place is not None:
            del self._order[bisect_left(self._order, place, key=_place)]

    def first(self, number: int) -> list[JobRecord]:
        """The jobs at the head, at most so many."""
        return [job for _, job in self._order[:number]]

    def behind_the_head(self) -> list[JobRecord]:
        """All but the first."""
        return [job for _, job in self._order[1:]]

    def __contains__(self, job: JobRecord) -> bool:
        return job in self._places

    def __len__(self) -> int:
        return len(self._order)


def _place(entry: tuple[Place, JobRecord]) -> Place:
    return entry[0]
