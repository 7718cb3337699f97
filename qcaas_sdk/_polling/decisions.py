"""Input and output of the polling policy. Jobs are any hashable values."""

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from attrs import frozen

J = TypeVar("J", bound=Hashable)


class Joined(NamedTuple, Generic[J]):
    """A job is awaited from now on.

    Attributes:
        job: The job.
        place: Its place in the order of submissions; None if its submission was not seen here.
        submitted_at: When it was submitted, in seconds of the policy's clock; None if that is not known.
    """

    job: J
    place: int | None = None
    submitted_at: float | None = None


class Left(NamedTuple, Generic[J]):
    """A job has ended, has met an error, or is not awaited any more."""

    job: J


class Forecasted(NamedTuple):
    """The answer to `GetForecast`: what the service expects of the QPU's queue.

    Attributes:
        opens_in_s: Seconds until the next access window begins; 0 when nothing is closed.
        free_in_s: Seconds until the queue as it is now has been served.
    """

    opens_in_s: float = 0.0
    free_in_s: float = 0.0


Observation = Joined[J] | Left[J] | Forecasted


class Ask(NamedTuple, Generic[J]):
    """Ask about these jobs now; step again when all have been answered."""

    jobs: tuple[J, ...]


class Sleep(NamedTuple):
    """Step again after so many seconds."""

    seconds: float


@frozen
class GetForecast:
    """Ask the service for its forecast; step again with the answer, or without if there is none."""


@frozen
class Idle:
    """No job is awaited; step again when one is."""


Decision = Ask[J] | Sleep | GetForecast | Idle
