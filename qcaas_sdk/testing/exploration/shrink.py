"""A failure by the fewest and the earliest decisions that still show it."""

from collections import deque
from collections.abc import Callable

from qcaas_sdk.testing.exploration.bounds import Schedule
from qcaas_sdk.testing.exploration.run import Run
from qcaas_sdk.testing.exploration.trail import NotDeterministic

MAX_RUNS = 200
"""Runs that each of the two ways takes at most."""


def shrunk(run: Run, again: Callable[[Schedule], Run]) -> Run:
    """The failure of a run under a simpler schedule.

    Args:
        run: A run that has failed.
        again: Runs the same scenario under a schedule.
    """
    best, left = run, MAX_RUNS

    def better(schedule: Schedule) -> bool:
        nonlocal best, left
        if left <= 0:
            return False
        left -= 1
        try:
            tried = again(schedule)
        except NotDeterministic:  # the option is not there any more
            return False
        if (
            tried.error is None
            or tried.signature != run.signature
            or _size(tried.trail.schedule) >= _size(best.trail.schedule)
        ):
            return False
        best = tried
        return True

    while left > 0 and any(better(schedule) for schedule in _simpler(best.trail.schedule)):
        pass
    return _from_below(best, again) or best


def _from_below(best: Run, again: Callable[[Schedule], Run]) -> Run | None:
    """The first failure of the same kind with fewer decisions: none, then each one alone, then each two."""
    queue, left = deque[Schedule]([{}]), MAX_RUNS
    while left > 0 and len(queue[0]) < len(best.trail.schedule):
        left -= 1
        schedule = queue.popleft()
        tried = again(schedule)
        if tried.error is not None and tried.signature == best.signature:
            return tried
        first = max(schedule, default=-1) + 1
        options = enumerate(tried.trail.options[first:], first)
        queue.extend({**schedule, n: option} for n, many in options for option in range(1, many))
        if not queue:
            break
    return None


def _size(schedule: Schedule) -> tuple[int, int, int]:
    return len(schedule), sum(schedule.values()), sum(schedule)


def _simpler(schedule: Schedule) -> list[Schedule]:
    """Schedules with one decision less, or with a smaller option, or with a decision that comes earlier."""
    entries = dict(sorted(schedule.items()))
    fewer = [{n: o for n, o in entries.items() if n != left_out} for left_out in reversed(entries)]
    smaller = [entries | {n: o - 1} for n, o in entries.items() if o > 1]
    earlier = [
        {**{m: p for m, p in entries.items() if m != n}, n - 1: o}
        for n, o in entries.items()
        if n > 0 and n - 1 not in entries
    ]
    return [*fewer, *smaller, *earlier]
