"""What jobs and composites have in common: a state, its transitions and observers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field, frozen

from qcaas_sdk._record.states import JobState, states_in
from qcaas_sdk._record.writer import NULL_WRITER, JournalWriter
from qcaas_sdk.statechart import Transition, TransitionLock

JobTransition = Transition[JobState]
Observer = Callable[[Any, JobTransition | None], None]
"""Called with the record and each of its transitions, when it happens; with None if something else has changed that
those who wait for it need to know. It must not raise."""
Waiter = Callable[[Any, Exception], object]
"""Called with the record and an error that those who wait for it have to get. It must not raise."""


@frozen(repr=False)
class HandleObserver:
    """An observer that gets the handle instead of the record. Equal if handle and observer are equal.

    Attributes:
        handle: The handle on the record.
        observer: Called with the handle and the transition.
    """

    handle: Any
    observer: Callable[[Any, JobTransition], None]

    def __call__(self, _: Any, transition: JobTransition | None) -> None:
        if transition is not None:
            try:
                self.observer(self.handle, transition)
            except Exception as error:
                error.add_note(f"in an observer of {self.handle!r}")
                raise


@define(eq=False, repr=False, kw_only=True)
class StateRecord:
    """A record whose state a machine changes.

    Attributes:
        state: Its current state. Only the machine writes it.
        lock: The machine's lock.
        transitions: All transitions, oldest first.
        observers: Called with each transition.
        waiters: Called with each error that no call alone can report.
        writer: Writes the changes to the journal.
        parents: The composites that it is in.
    """

    state: JobState = field(default=JobState.CREATED, init=False)
    lock: TransitionLock | None = field(default=None, init=False)
    transitions: list[JobTransition] = field(factory=list, init=False)
    observers: tuple[Observer, ...] = field(default=(), init=False)
    waiters: tuple[Waiter, ...] = field(default=(), init=False)
    writer: JournalWriter = NULL_WRITER
    parents: "tuple[StateRecord, ...]" = field(default=(), init=False)

    @property
    def run_ended(self) -> bool:
        """Whether its state is final: the current run is over."""
        return self.state in states_in("ended")

    @property
    def ended(self) -> bool:
        """Whether its state is final, and its chart does nothing more with it."""
        return self.run_ended

    @property
    def counts_as(self) -> JobState:
        """The state that a composite counts: RUNNING for a run that is over if the chart goes on by itself."""
        return JobState.RUNNING if self.run_ended and not self.ended else self.state

    def observe(self, observer: Observer) -> None:
        """Call `observer` with every transition, when it happens."""
        self.observers = (*self.observers, observer)

    def unobserve(self, observer: Observer) -> None:
        """Undo `observe`; nothing happens if `observer` is not registered."""
        self.observers = tuple(other for other in self.observers if other != observer)

    def wait_for_errors(self, waiter: Waiter) -> None:
        """Call `waiter` with every error of a transition that has changed the state, or that the chart makes."""
        self.waiters = (*self.waiters, waiter)

    def ignore_errors(self, waiter: Waiter) -> None:
        """Undo `wait_for_errors`; nothing happens if `waiter` is not registered."""
        self.waiters = tuple(other for other in self.waiters if other != waiter)

    @contextmanager
    def errors(self) -> Iterator[list[Exception]]:
        """The errors for the code that waits in this block. Each is added when it happens."""
        errors: list[Exception] = []

        def keep(_: object, error: Exception) -> None:
            errors.append(error)

        self.wait_for_errors(keep)
        try:
            yield errors
        finally:
            self.ignore_errors(keep)
            errors.clear()  # their tracebacks have the frame that has this list

    def on_error(self, error: Exception) -> bool:
        """Give an error to all who wait; False if no code waits."""
        for waiter in self.waiters:
            waiter(self, error)
        return bool(self.waiters)

    def on_transition(self, transition: JobTransition) -> None:
        """Keep a transition that the machine has just made, and call the observers."""
        self.transitions.append(transition)
        self.tell(transition)

    def tell(self, transition: JobTransition | None) -> None:
        """Call the observers. If one raises, the others are called all the same: they must not miss a transition."""
        errors = []
        for observer in self.observers:
            try:
                observer(self, transition)
            except Exception as error:  # a function of the user may raise anything
                errors.append(error)
        if errors:
            for other in errors[1:]:
                errors[0].add_note(f"another observer raised: {other!r}")
            raise errors.pop(0)
