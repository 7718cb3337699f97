"""The jobs that wait for a place at one QPU."""

from asyncio import Future
from collections.abc import Hashable, Iterator

from attrs import define, field

from qcaas_sdk._record import JobRecord


@define(eq=False)
class Waiter:
    """A job that waits for a place. However many coroutines wait for it, it is one.

    Attributes:
        job: The job.
        qpu_id: Where it waits.
        group: The composite that it is in, or None: groups take turns.
        over: Done when it has a place, needs none any more, or gets an error.
        callers: How many wait.
    """

    job: JobRecord
    qpu_id: str
    group: Hashable
    over: Future[None]
    callers: int = 0

    def wake(self) -> None:
        """Let the callers see how it stands now."""
        if not self.over.done():
            self.over.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Raise an error in every caller."""
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # marks it as seen: those who still wait get it


@define(eq=False)
class PlaceQueue:
    """The waiters at one QPU, first come first served within a group; the groups take turns."""

    _groups: dict[Hashable, dict[JobRecord, Waiter]] = field(factory=dict, init=False)

    def add(self, waiter: Waiter) -> None:
        """Put a waiter at the end of its group."""
        self._groups.setdefault(waiter.group, {})[waiter.job] = waiter

    def discard(self, waiter: Waiter) -> None:
        """Take a waiter out, if it is there."""
        group = self._groups.get(waiter.group, {})
        if group.get(waiter.job) is waiter:
            del group[waiter.job]
            if not group:
                del self._groups[waiter.group]

    def has(self, group: Hashable) -> bool:
        """Whether a job of this group waits."""
        return group in self._groups

    def heads(self) -> list[Waiter]:
        """The first of each group, in the order of their turns."""
        return [next(iter(group.values())) for group in self._groups.values()]

    def had_turn(self, group: Hashable) -> None:
        """Let the other groups come first."""
        if (waiters := self._groups.pop(group, None)) is not None:
            self._groups[group] = waiters

    def __iter__(self) -> Iterator[Waiter]:
        for group in self._groups.values():
            yield from group.values()

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))
