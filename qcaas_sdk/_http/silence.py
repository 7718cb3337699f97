"""How long a service has not answered."""

from attrs import define, field


@define(eq=False, repr=False)
class Silence:
    """How long the requests of a client have had no usable answer.

    Attributes:
        reason: The last error; empty if there was none since the last answer.
    """

    reason: str = field(default="", init=False)
    _asking: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)

    def ask(self, now: float) -> None:
        """A request begins, with all its attempts."""
        if not self._asking:
            self._since = now
            self.reason = ""
        self._asking += 1

    def stop(self) -> None:
        """A request has ended, with or without an answer."""
        self._asking -= 1

    def answered(self, now: float) -> None:
        """The service has answered a request."""
        self._since = now
        self.reason = ""

    def failed(self, reason: str) -> None:
        """An attempt has failed."""
        self.reason = reason

    def seconds(self, now: float) -> float:
        """Seconds since the last answer, or since the first request after it; 0 if no request waits for one."""
        return now - self._since if self._asking else 0.0
