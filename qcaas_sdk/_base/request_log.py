"""The requests that were sent, for pictures: what they were and how they went, never what was in them."""

from collections import deque
from collections.abc import Collection

from attrs import define, field


@define(eq=False, repr=False)
class RequestEntry:
    """One attempt of a request.

    Attributes:
        method: The HTTP method.
        path: The path, without host and query.
        sign_in: Whether it signs in; then no task is named.
        attempt: Its number among the attempts of the request, from 1.
        about: What it is about, if the caller has said: ids of tasks. Those of a reservation come with its answer.
        begin_s: When it was sent, in seconds of the monotonic clock.
        end_s: When it was answered or given up; None before that.
        status: The HTTP status of the answer; None if there was none.
        may_have_arrived: For a request without an answer: whether the service may have it.
    """

    method: str
    path: str
    sign_in: bool
    attempt: int
    about: Collection[str]
    begin_s: float
    end_s: float | None = None
    status: int | None = None
    may_have_arrived: bool = False


@define(eq=False, repr=False)
class RequestLog:
    """The latest requests of an SDK, if they are recorded.

    Attributes:
        active: Whether requests are recorded.
        entries: The requests, oldest first.
    """

    active: bool = False
    entries: deque[RequestEntry] = field(factory=deque)

    def start(self, most: int) -> None:
        """Record from now on; the latest `most` requests are kept."""
        self.active, self.entries = True, deque(self.entries, maxlen=most)
