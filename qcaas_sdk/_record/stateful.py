"""What jobs and composites have in common: a state, how it was reached, and who hears of the next transition."""

from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from qcaas_sdk._record.states import ENDED, JobState
from qcaas_sdk._record.writer import NULL_WRITER, JournalWriter
from qcaas_sdk.statechart import Transition, TransitionLock

JobTransition = Transition[JobState]
Observer = Callable[[Any, JobTransition], None]
"""Called with the record and a transition of it, in the instant in which it happens. It must not raise."""


@frozen
class HandleObserver:
    """An observer who wants the handle in place of the record. Two are equal if they tell the same to the same.

    Attributes:
        handle: The handle on the record.
        observer: Called with that and the transition.
    """

    handle: Any
    observer: Observer

    def __call__(self, _: Any, transition: JobTransition) -> None:
        self.observer(self.handle, transition)


@define(eq=False, kw_only=True)
class StateRecord:
    """Something that a machine moves.

    Attributes:
        state: Its current state. Only the machine writes this.
        lock: The machine's.
        transitions: What has happened, oldest first.
        observers: Who hears of each transition.
        writer: Where changes are written, so that they survive the process.
    """

    state: JobState = field(default=JobState.CREATED, init=False)
    lock: TransitionLock | None = field(default=None, init=False)
    transitions: list[JobTransition] = field(factory=list, init=False)
    observers: tuple[Observer, ...] = field(default=(), init=False)
    writer: JournalWriter = NULL_WRITER

    @property
    def ended(self) -> bool:
        """Whether only a reset leads on."""
        return self.state in ENDED

    def observe(self, observer: Observer) -> None:
        """Have `observer` called in the instant of every transition."""
        self.observers = (*self.observers, observer)

    def unobserve(self, observer: Observer) -> None:
        """Undo `observe`; nothing happens if it was not observed by that."""
        self.observers = tuple(other for other in self.observers if other != observer)

    def on_transition(self, transition: JobTransition) -> None:
        """Keep a transition that the machine has just made, and tell whoever wants to know."""
        self.transitions.append(transition)
        for observer in self.observers:
            observer(self, transition)
