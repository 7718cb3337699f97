"""Whether a transition is running here: the fact that lets a task's request leave.

The machine opens a scope around every effect; the gateway (and the clouds of `qcaas_sdk.testing`) refuse a
request about a task outside of one. An `asyncio` task started by an effect inherits its scope, which is how
one batch can carry the requests of many transitions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_running: ContextVar[str | None] = ContextVar("qcaas_sdk_running_transition", default=None)


class OutsideTransition(AssertionError):
    """A request about a task tried to leave while no transition was running: a bug in the library."""


@contextmanager
def running_transition(name: str) -> Iterator[None]:
    """Mark the enclosed code as part of the transition `name`, as `chart.trigger`."""
    token = _running.set(name)
    try:
        yield
    finally:
        _running.reset(token)


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
            f"{request} speaks of a task but no transition is running: requests about tasks leave only from "
            "the effects that a statechart names"
        )
