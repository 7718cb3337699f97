"""What charts that extend `job` can name: your own guards and actions, and one guard of this package."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs
from attrs import define, field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk._record import JobRecord, JobState, JobTransition
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.statechart import Callbacks, Chart

T = TypeVar("T")


@define(eq=False, repr=False)
class JobView:
    """A job as the guards and actions of your own chart see it: they can read it, but not change it."""

    _record: JobRecord = field(alias="record")

    @property
    def state(self) -> JobState:
        """Its state."""
        return self._record.state

    @property
    def place(self) -> str:
        """Its state in your chart, by name."""
        return self._record.place

    @property
    def program(self) -> str:
        """The program text."""
        return self._record.request.program

    @property
    def qpu_id(self) -> str:
        """The id of its QPU."""
        return self._record.qpu_id

    @property
    def tag(self) -> str | None:
        """Your own label for it."""
        return self._record.tag

    @property
    def shots(self) -> int | None:
        """The shots in its configuration; None means the service's default."""
        shots = getattr(self._record.request.compiler_config, "repeats", None)
        return shots if isinstance(shots, int) else None

    @property
    def task_id(self) -> str | None:
        """The server's id of the current run; None before one is reserved."""
        return self._record.task_id

    @property
    def server_status(self) -> str | None:
        """The last status that the server sent, in its own spelling."""
        return self._record.run.server_status

    @property
    def error_code(self) -> int | None:
        """The code of the current run's error; None if there is no error, or it has no code."""
        return self._record.error.error_code if self._record.error is not None else None

    @property
    def error_message(self) -> str | None:
        """The message of the current run's error; None if there is none."""
        return self._record.error.error_message if self._record.error is not None else None

    @property
    def runs(self) -> int:
        """How many runs have ended with a result or an error, the current one included."""
        return len(self._record.history)

    @property
    def runs_again(self) -> bool:
        """Whether the chart, not you, has begun the current run."""
        return runs_again(self._record, None)

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition of every run so far, oldest first."""
        return tuple(self._record.transitions)

    @property
    def changed_at(self) -> datetime | None:
        """The time of its last transition, in UTC; None if it is new."""
        transitions = self._record.transitions
        return transitions[-1].at if transitions else None

    def __repr__(self) -> str:
        return repr(self._record)


@frozen
class JobCallbacks:
    """The functions behind the names that your chart adds to `job`.

    Attributes:
        guards: Functions of a job that return a bool. They must not wait, and must have no side effects.
        actions: Functions of a job that are called with a transition, for example to tell somebody. They must not
            wait. If one raises, the job keeps its state.
        invariants: Conditions that must hold after every transition; checked under `python -X dev`.
    """

    guards: Mapping[str, Callable[[JobView], bool]] = field(factory=dict)
    actions: Mapping[str, Callable[[JobView], None]] = field(factory=dict)
    invariants: Mapping[str, Callable[[JobView], bool]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for kind in ("guards", "actions", "invariants"):
            given = getattr(self, kind)
            if not isinstance(given, Mapping):
                raise arguments.wrong(kind, "a mapping of names to functions", given)
            for name, function in given.items():
                if not callable(function) or arguments.is_async(function):
                    raise arguments.wrong(f"{kind}[{name!r}]", "a function that does not wait", function)


def runs_again(job: JobRecord, _: object) -> bool:
    """Whether the chart has begun this run by itself."""
    return job.policy is not None and job.policy.again and job.state is JobState.CREATED


def extended_callbacks(
    chart: Chart, ours: Callbacks[JobRecord, Any], given: JobCallbacks | None
) -> Callbacks[JobRecord, Any]:
    """The registry for a chart that extends `job`.

    Args:
        chart: The chart.
        ours: The registry for `job`.
        given: What the user adds.

    Raises:
        InvalidArgument: It gives a name that `job` has already.
    """
    given = given or JobCallbacks()
    for mine, yours in (
        (ours.guards, given.guards),
        (ours.actions, given.actions),
        (ours.invariants, given.invariants),
    ):
        if taken := sorted({*mine, "runs_again"} & {*yours}):
            raise InvalidArgument(
                f"the name {taken[0]!r} belongs to this package: give yours another name", argument="callbacks"
            )
    used = {name for rule in chart.rules for name in rule.when}
    used |= {choice.guard or "" for rule in chart.rules for choice in rule.choices}
    used |= {added.guard for added in chart.guards}
    guards = {**ours.guards, **{name: _guard(name, guard) for name, guard in given.guards.items()}}
    if "runs_again" in used:
        guards["runs_again"] = runs_again
    return attrs.evolve(
        ours,
        guards=guards,
        actions={**ours.actions, **{name: _action(name, action) for name, action in given.actions.items()}},
        invariants={**ours.invariants, **{name: _invariant(name, one) for name, one in given.invariants.items()}},
    )


def _guard(name: str, guard: Callable[[JobView], bool]) -> Callable[[JobRecord, Any], bool]:
    return lambda job, _: bool(_called(guard, job, f"the guard {name!r}"))


def _action(name: str, action: Callable[[JobView], None]) -> Callable[[JobRecord, Any], None]:
    return lambda job, _: _called(action, job, f"the action {name!r}")


def _called(function: Callable[[JobView], T], job: JobRecord, name: str) -> T:
    try:
        return function(JobView(job))
    except Exception as error:
        error.add_note(f"in {name} of {job!r}")
        raise


def _invariant(name: str, invariant: Callable[[JobView], bool]) -> Callable[[JobRecord], bool]:
    return lambda job: _called(invariant, job, f"the invariant {name!r}")
