"""How long a QPU works on a task."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from attrs import field, frozen

from qcaas_sdk.testing.cloud import checked
from qcaas_sdk.testing.concise_repr import ConciseRepr


class ServiceTime(Protocol):
    """A distribution of seconds, which may change with time."""

    def draw(self, rng: Random, moment: float) -> float:
        """Seconds for one task that starts at a virtual moment."""
        ...

    def mean(self, moment: float) -> float:
        """The mean of what would be drawn at that moment, in seconds."""
        ...


@frozen(repr=False)
class Constant(ConciseRepr):
    """Every task takes the same time."""

    seconds: float = field(validator=checked.seconds)

    def draw(self, rng: Random, moment: float) -> float:
        """The constant; draws nothing."""
        return self.seconds

    def mean(self, moment: float) -> float:
        """The constant."""
        return self.seconds


@frozen(repr=False)
class Exponential(ConciseRepr):
    """Exponentially distributed: most are short, a few are long."""

    mean_s: float = field(validator=checked.seconds_above_0)

    def draw(self, rng: Random, moment: float) -> float:
        """Any number of seconds above 0."""
        return rng.expovariate(1.0 / self.mean_s)

    def mean(self, moment: float) -> float:
        """The mean."""
        return self.mean_s


@frozen(repr=False)
class Uniform(ConciseRepr):
    """Uniformly distributed between two bounds."""

    shortest_s: float = field(validator=checked.seconds)
    longest_s: float = field()

    def __attrs_post_init__(self) -> None:
        if self.longest_s < self.shortest_s:
            raise ValueError(f"a uniform service time is from the shorter to the longer bound, not as in {self!r}")

    def draw(self, rng: Random, moment: float) -> float:
        """Seconds between the bounds."""
        return rng.uniform(self.shortest_s, self.longest_s)

    def mean(self, moment: float) -> float:
        """The middle."""
        return (self.shortest_s + self.longest_s) / 2


def _steps(given: Sequence[tuple[float, ServiceTime]]) -> tuple[tuple[float, ServiceTime], ...]:
    return tuple(given)


@frozen(repr=False)
class Schedule(ConciseRepr):
    """Service times that follow each other.

    Attributes:
        steps: Pairs of a virtual second and the service time that holds from then on, in order; the first holds
            before its second, too.
    """

    steps: tuple[tuple[float, ServiceTime], ...] = field(converter=_steps)

    def __attrs_post_init__(self) -> None:
        moments = [moment for moment, _ in self.steps]
        if not moments or moments != sorted(moments):
            raise ValueError(f"a schedule has at least one step, and its steps are in order; not {self.steps!r}")

    def draw(self, rng: Random, moment: float) -> float:
        """As the step that holds then."""
        return self._at(moment).draw(rng, moment)

    def mean(self, moment: float) -> float:
        """As the step that holds then."""
        return self._at(moment).mean(moment)

    def _at(self, moment: float) -> ServiceTime:
        held = self.steps[0][1]
        for start, service_time in self.steps:
            if start > moment:
                break
            held = service_time
        return held
