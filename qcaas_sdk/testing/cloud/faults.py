"""What goes wrong, and when: plain data, so that it prints well, compares, and shrinks."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from random import Random
from typing import Any, TypeAlias, get_args

from attrs import field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.testing.cloud import checked
from qcaas_sdk.testing.concise_repr import ConciseRepr, one_or_all


class RequestKind(StrEnum):
    """The calls of the contract."""

    VERSION = "version"
    LOGIN = "login"
    LOGOUT = "logout"
    QPUS = "qpus"
    QPU = "qpu"
    RESERVE = "reserve"
    SUBMIT = "submit"
    STATUS = "status"
    INFO = "info"
    PART = "part"
    """One part of a task's information (results, error, timings, execution_metadata, metadata)."""
    CANCEL = "cancel"
    TASKS = "tasks"
    TASK_WAIT = "task_wait"
    QPU_WAIT = "qpu_wait"
    CALIBRATION = "calibration"
    STATUSES = "statuses"
    WINDOW = "window"
    UNKNOWN = "unknown"


@frozen(repr=False)
class Unreachable(ConciseRepr):
    """No connection: the request certainly does not arrive."""


@frozen(repr=False)
class Dropped(ConciseRepr):
    """The connection breaks without an answer.

    Attributes:
        after_acting: Whether the server has acted.
    """

    after_acting: bool = False


@frozen(repr=False)
class Slow(ConciseRepr):
    """The answer is late.

    Attributes:
        seconds: Virtual seconds.
        acts_late: Whether the server acts only after that time, also if the client no longer waits.
    """

    seconds: float = field(default=10.0, validator=checked.seconds)
    acts_late: bool = False


@frozen(repr=False)
class Hang(ConciseRepr):
    """No answer ever comes.

    Attributes:
        after_acting: Whether the server has acted.
    """

    after_acting: bool = False


@frozen(repr=False)
class Status(ConciseRepr):
    """An error status with a JSON body.

    Attributes:
        code: The HTTP status.
        retry_after_s: The seconds in its `Retry-After` header; None for no header.
        retry_after_as_date: Whether the header has a date instead of seconds.
        after_acting: Whether the server has acted.
        message: What its body says.
    """

    code: int = 503
    retry_after_s: float | None = None
    retry_after_as_date: bool = False
    after_acting: bool = False
    message: str = "a fault of the simulation"


@frozen(repr=False)
class Html(ConciseRepr):
    """An HTML page, as proxies send it.

    Attributes:
        code: The HTTP status.
        after_acting: Whether the server has acted.
    """

    code: int = 200
    after_acting: bool = False


@frozen(repr=False)
class Truncated(ConciseRepr):
    """The server acts, and only the first part of its answer arrives.

    Attributes:
        keep: The part that arrives, from 0 to 1.
    """

    keep: float = field(default=0.5, validator=checked.part)


@frozen(repr=False)
class MissingField(ConciseRepr):
    """The server acts, and its answer is incomplete: a field of the object or the last entry of the list is missing.

    Attributes:
        name: The field; None for the first. If the answer does not have the field, it does not change.
    """

    name: str | None = None


@frozen(repr=False)
class Forgets(ConciseRepr):
    """The server acts and answers, and forgets a task of the request: from then on it answers 404 about it.

    Attributes:
        all: Whether it forgets all tasks of the request; otherwise only the last one.
    """

    all: bool = False


@frozen(repr=False)
class TokenExpired(ConciseRepr):
    """The token of the request expires: the server does not act, and answers 401 to this and all later uses."""


@frozen(repr=False)
class TokenRevoked(ConciseRepr):
    """The token of the request is revoked: the server does not act, and does not know the token any more."""


What: TypeAlias = (
    Unreachable
    | Dropped
    | Slow
    | Hang
    | Status
    | Html
    | Truncated
    | MissingField
    | Forgets
    | TokenExpired
    | TokenRevoked
)


def _numbers(given: int | Iterable[int] | None) -> tuple[int, ...] | None:
    return None if given is None else tuple(arguments.whole(one, "nth", least=0) for one in _each(given))


def _kinds(given: str | RequestKind | Iterable[str | RequestKind]) -> tuple[RequestKind, ...]:
    return tuple(arguments.member(kind, "on", RequestKind) for kind in _each(given))


def _each(given: Any) -> Iterable[Any]:
    return given if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _is_fault(_: object, __: Any, value: Any) -> None:
    if not isinstance(value, get_args(What)):
        raise arguments.wrong("what", "what goes wrong, for example Dropped()", value)


@frozen(repr=False)
class Fault(ConciseRepr):
    """A fault of some requests: those for which all conditions hold.

    Attributes:
        what: What goes wrong.
        on: The kinds of request, as one word or several; none for every kind.
        nth: Which of those requests, counted from 0; None for all.
        probability: The probability for each of them, from 0 to 1.
        during: From and until when, in virtual seconds; the end is excluded. None for always.
        qpu_id: The QPU of the requests; None for all.
    """

    what: What = field(validator=_is_fault)
    on: tuple[RequestKind, ...] = field(default=(), converter=_kinds, repr=one_or_all)
    nth: tuple[int, ...] | None = field(default=None, converter=_numbers, repr=one_or_all)
    probability: float = field(default=1.0, validator=checked.part)
    during: tuple[float, float] | None = None
    qpu_id: str | None = None


class FaultSchedule:
    """Chooses the fault of the next request: the first in the list whose conditions hold."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        """Begin to count.

        Args:
            faults: What goes wrong.
            seed: Seeds their random numbers; each fault has its own generator, so faults do not affect each other.
        """
        self._faults = [
            (fault, Random(f"{seed} fault {index}"))  # noqa: S311  # a simulation, not a secret
            for index, fault in enumerate(faults)
        ]
        self._met = [0] * len(faults)

    def strike(self, kind: RequestKind, qpu_id: str | None, now: float) -> Fault | None:
        """The fault of a request that arrives now, if there is one."""
        struck: Fault | None = None
        for index, (fault, rng) in enumerate(self._faults):
            if (fault.on and kind not in fault.on) or fault.qpu_id not in {None, qpu_id}:
                continue
            number = self._met[index]
            self._met[index] += 1
            hit = rng.random() < fault.probability
            if fault.nth is not None and number not in fault.nth:
                hit = False
            if fault.during is not None and not fault.during[0] <= now < fault.during[1]:
                hit = False
            if hit and struck is None:
                struck = fault
        return struck


Strike: TypeAlias = Callable[[RequestKind, str | None], Fault | None]
"""Says what goes wrong with a request, by its kind and QPU; None for nothing."""


@frozen
class DecidedFaults:
    """Chooses the fault of the next request with a function."""

    decide: Strike

    def strike(self, kind: RequestKind, qpu_id: str | None, now: float) -> Fault | None:
        """The fault of a request that arrives now, if there is one."""
        return self.decide(kind, qpu_id)
