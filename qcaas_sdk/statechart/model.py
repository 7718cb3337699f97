"""What a machine needs of its models, and the registry of callbacks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from attrs import field, frozen

from qcaas_sdk.statechart.elements import TransitionRule

AUTOMATIC = "chart: "
"""How the names of the tasks begin that make automatic transitions."""


class TransitionLock(asyncio.Lock):
    """Held while a transition runs; knows its holder, and how many tasks hold or await it."""

    def __init__(self) -> None:
        super().__init__()
        self.holder: asyncio.Task[Any] | None = None
        self.users = 0


S = TypeVar("S", bound=str)
M = TypeVar("M", bound="Model")
N_contra = TypeVar("N_contra", bound="Model", contravariant=True)
A = TypeVar("A")


@frozen
class Transition(Generic[S]):
    """A transition that has happened.

    Attributes:
        source: The state before.
        target: The state after.
        trigger: The trigger.
        reason: The chart's summary of the choice that was taken.
        at: The time, in UTC.
        monotonic_s: The same moment on the monotonic clock, in seconds.
    """

    source: S
    target: S
    trigger: str
    reason: str
    at: datetime
    monotonic_s: float


class Model(Protocol):
    """What the machine needs of an object whose state it changes."""

    @property
    def state(self) -> str:
        """Its current state, of the machine's `state_type`. A plain attribute that only the machine writes."""
        ...

    lock: TransitionLock | None
    """The machine's lock; None while no transition runs."""

    def on_transition(self, transition: Transition[Any], /) -> None:
        """Called with each transition when it happens. Must not raise."""
        ...


class Parent(Protocol):
    """What the machine also needs of a composite."""

    counts: Mapping[Any, int]
    """How many children are in each state, of the machine's `state_type`; every state of their chart is a key."""


@frozen(eq=False, repr=False)
class Callbacks(Generic[M, A]):
    """The functions behind the names in a chart: an explicit registry, the only place where names are looked up.

    Attributes:
        effects: Awaited first, with the model; guards and actions get the result. Without an effect it is None.
        guards: Pure functions of model and result that return a bool.
        actions: Functions that update the model; not awaited. If one raises, it must have changed nothing.
        invariants: Conditions on the model that must hold after every transition.
    """

    effects: Mapping[str, Callable[[M], Awaitable[A | None]]] = field(factory=dict)
    guards: Mapping[str, Callable[[M, A | None], bool]] = field(factory=dict)
    actions: Mapping[str, Callable[[M, A | None], None]] = field(factory=dict)
    invariants: Mapping[str, Callable[[M], bool]] = field(factory=dict)


class Extended(Model, Protocol):
    """What the machine also needs of a model whose chart extends another.

    `state` is what the user sees, a state of the extended chart; `on_transition` tells when it changes.
    """

    place: str
    """Its state in the extension, by name. A plain attribute that only the machine writes while the model lives."""

    pending: bool
    """Whether an automatic or delayed transition is to come in its place. Only the machine writes it."""

    def on_step(self, transition: Transition[str], /) -> None:
        """Called with each transition between two places that show as the same state. Must not raise."""
        ...

    def on_settled(self) -> None:
        """Called when `pending` has changed without a transition. Must not raise."""
        ...


class Gate(Protocol[N_contra]):
    """Lets triggers with an effect wait before they lock the model: it decides when they run, not whether."""

    def place(self, model: N_contra, /) -> AbstractAsyncContextManager[None]:
        """Wait until the effect may run, and keep the place while the trigger runs. May raise."""
        ...

    def holds(self, model: N_contra, /) -> bool:
        """Whether the effect may run now."""
        ...


class Automation(Protocol[N_contra]):
    """Remembers for a machine what the models do without a trigger. The code that owns the models implements it.

    Counts and delays last as long as the models. Methods are called while a transition runs, and must not raise.
    """

    def count(self, model: N_contra, rule: TransitionRule, /) -> int:
        """How often this transition of the model has happened; the owner decides when it counts from zero again."""
        ...

    def happened(self, model: N_contra, rule: TransitionRule, /) -> None:
        """Count one more."""
        ...

    def delay(self, model: N_contra, rule: TransitionRule, seconds: float, /) -> None:
        """The transition is due after these seconds: forget it then, and call the machine's `due(model, rule)`."""
        ...

    def waits(self, model: N_contra, /) -> bool:
        """Whether a delayed transition of the model is due later."""
        ...

    def left(self, model: N_contra, /) -> None:
        """The model has left its state: drop the transitions that were delayed there."""
        ...


class Step(NamedTuple):
    """A change from one state of a chart to another.

    Attributes:
        left: The state before, or its name if the user does not see the change.
        entered: The state after, likewise.
        trigger: The trigger.
        reason: The chart's summary of the choice.
        shows: Whether the user sees it: the two do not show as the same state.
    """

    left: str
    entered: str
    trigger: str
    reason: str
    shows: bool
