"""Whether a transition is running here: the fact that lets a task's request leave.

The machine opens a scope around every effect; the gateway (and the clouds of `qcaas_sdk.testing`) refuse a
request about a task outside of one. An `asyncio` task started by an effect inherits its scope, which is how
one batch can carry the requests of many transitions.
"""

from contextvars import ContextVar

_running: ContextVar[str | None] = ContextVar("qcaas_sdk_running_transition", default=None)


class OutsideTransition(AssertionError):
    """A request about a task was about to be sent while no transition was running: a bug in the library."""


class running_transition:  # noqa: N801  # read as a word: `with running_transition(name):`
    """Mark the enclosed code as part of the transition `name`, as `chart.trigger`."""

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._token = _running.set(self._name)

    def __exit__(self, *_: object) -> None:
        _running.reset(self._token)


def current_transition() -> str | None:
    """The transition that runs in this context, or None."""
    return _running.get()


def require_transition(request: str) -> None:
    """Refuse a request about a task outside a transition.

    Raises:
        OutsideTransition: No transition runs in this context.
    """
    if _running.get() is None:
        raise OutsideTransition(
            f"{request} is a request about a task, but no transition is running: only effects of a statechart may "
            "send such requests"
        )
