"""How far an exploration goes, in counts; and what a schedule is."""

from collections.abc import Mapping
from typing import TypeAlias

from attrs import field, frozen
from attrs.validators import and_, ge, instance_of, optional

Schedule: TypeAlias = Mapping[int, int]
"""The decisions of a run that are not the first of their options: the option, by the number of the decision."""

_count = and_(instance_of(int), ge(0))


@frozen
class Bounds:
    """The bounds of an exploration. All are counts, so a bound means the same on every machine.

    Attributes:
        schedules: Schedules to run before the exploration stops.
        deviations: How often, in one schedule, a callback may run that is not the one that asyncio would run next;
            None for any order of all ready callbacks.
        cancellations: How many tasks are cancelled in one schedule.
        faults: How many faults happen in one schedule.
        crashes: How often the process dies in one schedule.
        depth: Decisions of a schedule that are explored; those after it are as asyncio would make them. None for all.
        steps: Callbacks in one schedule, after which it counts as a livelock.
    """

    schedules: int = field(default=100_000, validator=(_count, ge(1)))
    deviations: int | None = field(default=None, validator=optional(_count))
    cancellations: int = field(default=0, validator=_count)
    faults: int = field(default=0, validator=_count)
    crashes: int = field(default=0, validator=_count)
    depth: int | None = field(default=None, validator=optional(_count))
    steps: int = field(default=20_000, validator=(_count, ge(1)))

    def limit(self, what: str) -> float:
        """How often something may happen in one schedule.

        Args:
            what: "deviations", "cancellations", "faults" or "crashes"; anything else has no limit.
        """
        limits = {
            "deviations": self.deviations,
            "cancellations": self.cancellations,
            "faults": self.faults,
            "crashes": self.crashes,
        }
        found = limits.get(what)
        return float("inf") if found is None else found


def text_of(schedule: Schedule) -> str:
    """A schedule as text, for example `3:1 17:2`; `-` for asyncio's own."""
    return " ".join(f"{number}:{option}" for number, option in sorted(schedule.items())) or "-"


def schedule_of(text: str) -> Schedule:
    """The schedule that `text_of` has written.

    Raises:
        ValueError: It is not a schedule.
    """
    try:
        pairs = [entry.split(":") for entry in text.split() if entry != "-"]
        found = {int(number): int(option) for number, option in pairs}
        if any(number < 0 or option < 0 for number, option in found.items()):
            raise ValueError
    except ValueError:
        raise ValueError(f"not a schedule: {text!r}; one looks like '3:1 17:2', or '-'") from None
    return found
