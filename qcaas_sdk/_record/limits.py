"""What the jobs of an SDK or of a composite may use, and how many of them may be at a QPU at once."""

from collections.abc import Mapping
from typing import Any

from attrs import asdict, evolve, field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk._record.usage import NOTHING, Usage
from qcaas_sdk.errors import InvalidArgument


def _runs_or_none(value: int | None) -> int | None:
    return None if value is None else arguments.whole(value, "runs", least=0)


def _shots_or_none(value: int | None) -> int | None:
    return None if value is None else arguments.whole(value, "shots", least=0)


def _seconds_or_none(value: float | None) -> float | None:
    return arguments.seconds_or_none(value, "qpu_seconds")


@frozen(kw_only=True)
class Budget:
    """The most that jobs may use. A run that would exceed it is not sent: `BudgetExceeded`.

    Runs and shots are never exceeded. QPU seconds are known only after a run, so a new run is refused as soon as
    what was reported, plus the mean reported for each run under way, reaches the limit.

    Attributes:
        runs: Runs.
        shots: Shots, over all runs.
        qpu_seconds: Seconds on a QPU, over all runs, by the service's time stamps.
    """

    runs: int | None = field(default=None, converter=_runs_or_none)
    shots: int | None = field(default=None, converter=_shots_or_none)
    qpu_seconds: float | None = field(default=None, converter=_seconds_or_none)

    def __attrs_post_init__(self) -> None:
        if self.runs is None and self.shots is None and self.qpu_seconds is None:
            raise InvalidArgument("a budget limits runs, shots or qpu_seconds: pass at least one", argument="runs")


def _known(budget: Mapping[str, Any]) -> dict[str, Any]:
    return {name: budget[name] for name in ("runs", "shots", "qpu_seconds") if name in budget}


def _spent(spent: Mapping[str, Any]) -> Usage:
    runs, shots, timed_runs = (
        arguments.whole(spent.get(name), name, least=0) for name in ("runs", "shots", "timed_runs")
    )
    return Usage(runs, shots, arguments.seconds(spent.get("qpu_seconds"), "qpu_seconds"), timed_runs)


@frozen
class Limits:
    """The limits of an SDK or of a composite.

    Attributes:
        max_in_flight: How many tasks may be at one QPU that have not ended; None for no limit.
        budget: The most that its jobs may use; None for no limit.
        spent: What was used of the budget before its jobs came here, from a snapshot.
    """

    max_in_flight: int | None = None
    budget: Budget | None = None
    spent: Usage = NOTHING

    @classmethod
    def of(cls, max_in_flight: int | None, budget: Budget | None) -> "Limits":
        """Those of the arguments of a call.

        Raises:
            InvalidArgument: One is not valid.
        """
        if max_in_flight is not None:
            max_in_flight = arguments.whole(max_in_flight, "max_in_flight", least=1)
        if budget is not None and not isinstance(budget, Budget):
            raise arguments.wrong("budget", "a Budget, for example Budget(runs=100)", budget)
        return cls(max_in_flight, budget)

    def to_dict(self) -> dict[str, Any]:
        """What a journal or a snapshot keeps of them: only what limits something."""
        kept: dict[str, Any] = {} if self.max_in_flight is None else {"max_in_flight": self.max_in_flight}
        if self.budget is not None:
            kept["budget"] = asdict(self.budget, filter=lambda _, value: value is not None)
            if self.spent != NOTHING:
                kept["spent"] = asdict(self.spent)
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Limits":
        """The opposite of `to_dict`; other keys are left out.

        Raises:
            InvalidArgument: It is not valid.
        """
        budget, spent = kept.get("budget"), kept.get("spent")
        for name, given in (("budget", budget), ("spent", spent)):
            if given is not None and not isinstance(given, Mapping):
                raise arguments.wrong(name, "an object", given)
        limits = cls.of(kept.get("max_in_flight"), None if budget is None else Budget(**_known(budget)))
        return limits if spent is None else evolve(limits, spent=_spent(spent))

    def __bool__(self) -> bool:
        return self.max_in_flight is not None or self.budget is not None


UNLIMITED = Limits()
