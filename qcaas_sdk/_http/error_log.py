"""The recent errors of a host, for the messages of timeouts."""

from collections import deque

from attrs import define, field

from qcaas_sdk.errors import TransportError

MAX_KEPT = 1000
MAX_TEXT = 300


@define(eq=False, repr=False)
class ErrorLog:
    """The errors of one host since its last successful answer."""

    _moments: deque[tuple[float, int | None]] = field(factory=lambda: deque(maxlen=MAX_KEPT))
    _last: str = ""

    def add(self, moment: float, error: TransportError) -> None:
        """Note that an attempt failed."""
        self._moments.append((moment, error.status))
        self._last = str(error)

    def clear(self) -> None:
        """Note a successful answer."""
        if self._moments:
            self._moments.clear()

    def since(self, moment: float) -> str:
        """The errors in a row since that moment, as part of a sentence; empty if the last answer was successful."""
        statuses = [status for when, status in self._moments if when >= moment]
        if not statuses:
            return ""
        one = len(statuses) == 1
        status = statuses[0] if len({*statuses}) == 1 else None
        what = status or ("an error" if one else "errors")
        many = "last answer was" if one else f"last {len(statuses)} answers were"
        return f"the service's {many} {what}: {self._last[:MAX_TEXT]}"
