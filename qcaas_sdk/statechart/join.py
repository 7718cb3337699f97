"""The state of a composite, by the rules of its chart over the counted states of its children."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import JoinRule

S = TypeVar("S", bound=str)


class JoinCondition(NamedTuple, Generic[S]):
    """When a rule is true. It asks only which states have children: the number of children costs nothing.

    Attributes:
        outside: No child may be in one of these.
        inside: At least one child must be in one of these; empty for no condition.
    """

    outside: tuple[S, ...]
    inside: tuple[S, ...]

    @classmethod
    def of(cls, rule: JoinRule, child: Chart, state_type: Callable[[str], S]) -> "JoinCondition[S]":
        """The condition of a rule.

        Args:
            rule: The rule.
            child: The chart of the children.
            state_type: Converts the name of a state to what children have.
        """
        every = {state for name in rule.all for state in child.within(name)} or {one.name for one in child.states}
        no = {state for name in rule.none for state in child.within(name)}
        some = {state for name in rule.any for state in child.within(name)}
        states = [one.name for one in child.states]
        return cls(
            tuple(state_type(name) for name in states if name in no or name not in every),
            tuple(state_type(name) for name in states if name in some),
        )

    def holds(self, counts: Mapping[S, int]) -> bool:
        """Whether it is true of children that are counted by state."""
        for state in self.outside:
            if counts[state]:
                return False
        for state in self.inside:
            if counts[state]:
                return True
        return not self.inside


class Join(NamedTuple, Generic[S]):
    """The rules of a composite's chart, ready to be asked often.

    Attributes:
        initial: The state without children.
        rules: Each condition with its state, in order.
    """

    initial: S
    rules: tuple[tuple[JoinCondition[S], S], ...]

    @classmethod
    def of(cls, chart: Chart, state_type: Callable[[str], S]) -> "Join[S]":
        """The rules of a chart; none if it is not the chart of a composite.

        Args:
            chart: The chart.
            state_type: Converts the name of a state to what composites and children have.
        """
        child = chart.child
        rules = ((JoinCondition.of(one, child, state_type), state_type(one.state)) for one in chart.join if child)
        return cls(state_type(chart.initial), tuple(rules))

    def state(self, counts: Mapping[S, int]) -> S:
        """The state of a composite whose children are counted by state."""
        if any(counts.values()):
            for condition, state in self.rules:
                if condition.holds(counts):
                    return state
        return self.initial


def join_guards(chart: Chart, join: Join[str]) -> dict[str, Callable[[Any, object], bool]]:
    """The guards of a composite's chart, by name: the conditions of its rules, which ask a `Parent`."""

    def guard(condition: JoinCondition[str]) -> Callable[[Any, object], bool]:
        return lambda composite, _: condition.holds(composite.counts)

    rules = zip(chart.join, join.rules, strict=True)
    return {rule.guard: guard(condition) for rule, (condition, _) in rules if rule.guard is not None}
