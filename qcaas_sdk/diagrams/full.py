"""The full picture of a chart: superstates as boxes, choice points as diamonds, and everything that its rules say.

An effect belongs to a state and a trigger, and runs before any guard. So the box of the state shows it, and also the
outcomes that stay in the state. Rules that lead to the same target under the same condition share one arrow, which
then has several tails.
"""

from typing import TYPE_CHECKING

from attrs import define, field

from qcaas_sdk._base.text import duration
from qcaas_sdk.diagrams.picture import Arrow, Node, Picture, Region
from qcaas_sdk.diagrams.text_wrapping import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qcaas_sdk.diagrams.drawable_chart import DrawnChart, DrawnChoice, DrawnRule, DrawnState

SPEAKS = "⇄"
"""Marks an effect, which may send requests."""
STAYS = "↺"
"""Marks outcomes that stay in the state."""
ELSE = "else"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
LABEL_WIDTH = 22


@define
class Bundle:
    """What one arrow says: for each guard, the triggers.

    Attributes:
        sources: Where it starts, in the order of the chart.
        target: Where it leads; None if the state stays.
        said: Guard (None if there is none) to triggers.
        hints: What the chart says about each outcome.
    """

    sources: tuple[str, ...]
    target: str | None
    said: dict[str | None, list[str]] = field(factory=dict)
    hints: list[str] = field(factory=list)

    @property
    def lines(self) -> tuple[str, ...]:
        """Triggers with the same guards share a line."""
        by_triggers: dict[tuple[str, ...], list[str | None]] = {}
        for guard, triggers in self.said.items():
            by_triggers.setdefault(tuple(dict.fromkeys(triggers)), []).append(guard)
        return tuple(written(triggers, guards) for triggers, guards in by_triggers.items())

    @property
    def triggers(self) -> tuple[str, ...]:
        """The triggers, each once."""
        return tuple(dict.fromkeys(trigger for triggers in self.said.values() for trigger in triggers))


def full(chart: "DrawnChart") -> Picture:
    """The full picture of a chart."""
    together = bundles(chart)
    stays = [bundle for bundle in together if bundle.target is None]
    nodes = [
        Node(
            name=state.name,
            lines=_notes(chart, state.name, stays),
            parent=region_of(chart, state),
            final=state.final,
            hint=state.summary,
        )
        for state in chart.states
    ]
    nodes += [Node(name=point.name, choice=True, hint=point.summary) for point in chart.choices]
    return Picture(
        title=f"{chart.name}: {chart.summary}",
        summary=described(chart),
        initial=chart.initial,
        nodes=tuple(nodes),
        regions=tuple(
            Region(
                name=region.name,
                lines=_notes(chart, region.name, stays),
                parent=region.parent,
                hint=region.summary,
            )
            for region in chart.superstates
        ),
        arrows=tuple(
            Arrow(sources=one.sources, targets=(one.target,), lines=tuple(wrapped(one.lines)), hint=tuple(one.hints))
            for one in together
            if one.target is not None
        ),
        legend=_legend(chart, stays),
        across=False,
    )


def described(chart: "DrawnChart") -> str:
    """A chart in words: what it is about, its states, and which state can follow which."""
    paths: dict[str, list[str]] = {}
    for source, _, _, target in chart.arrows():
        if source != target and target not in paths.setdefault(source, []):
            paths[source].append(target)
    states = ", ".join(f"{state.name} (final)" if state.final else state.name for state in chart.states)
    follow = "; ".join(f"{source} to {', '.join(targets)}" for source, targets in paths.items() if targets)
    return f"{chart.summary} States: {states}. Initial state: {chart.initial}. Transitions: {follow}."


def bundles(chart: "DrawnChart") -> list[Bundle]:
    """The outcomes of a chart, grouped by sources and target: first the tails, then the lines of a label."""
    tails: dict[tuple[str | None, str, str | None], list[str]] = {}
    hints: dict[tuple[str | None, str, str | None], list[str]] = {}

    def note(sources: "Sequence[str]", target: str | None, trigger: str, guard: str | None, hint: str) -> None:
        key = (target, trigger, guard)
        tails.setdefault(key, []).extend(source for source in sources if source not in tails.get(key, ()))
        told = f"{written((trigger,), [guard])}: {hint}" if trigger else f"[{guard}]: {hint}"
        if told not in hints.setdefault(key, []):
            hints[key].append(told)

    stays_of = {point.name: [one for one in point.branches if one.target is None] for point in chart.choices}
    for rule in chart.rules:
        trigger = called(rule)
        for done in fired(chart, rule) if rule.fires else (rule,):
            if done.choice is not None:
                note(rule.sources, done.choice, trigger, None, rule.summary)
                for branch in stays_of.get(done.choice, ()):
                    note(rule.sources, None, trigger, guard_of(branch, alone=False), branch.summary)
            for branch in done.choices:
                guard = guard_of(branch, alone=len(done.choices) == 1 and done.choice is None)
                stays = [source for source in rule.sources if branch.target in {None, source}]
                leaves = [source for source in rule.sources if source not in stays]
                for sources, target in ((stays, None), (leaves, branch.target)):
                    if sources:
                        note(sources, target, trigger, guard, branch.summary)
    for point in chart.choices:
        for branch in point.branches:
            if branch.target is not None:
                note((point.name,), branch.target, "", guard_of(branch, alone=False), branch.summary)
    found: dict[tuple[tuple[str, ...], str | None], Bundle] = {}
    order = [*(region.name for region in chart.superstates), *(state.name for state in chart.states)]
    for (target, trigger, guard), sources in tails.items():
        sources.sort(key=lambda name: order.index(name) if name in order else len(order))
        bundle = found.setdefault((tuple(sources), target), Bundle(tuple(sources), target))
        bundle.said.setdefault(guard, []).append(trigger)
        bundle.hints += hints[target, trigger, guard]
    return list(found.values())


def fired(chart: "DrawnChart", rule: "DrawnRule") -> "list[DrawnRule]":
    """The rules whose trigger an automatic or delayed rule fires."""
    states = {state for name in rule.sources for state in chart.within(name)}
    return [
        one
        for one in chart.rules
        if one.trigger == rule.trigger
        and not one.automatic
        and states & {state for name in one.sources for state in chart.within(name)}
    ]


def called(rule: "DrawnRule", *, short: bool = False) -> str:
    """What starts a rule: its trigger, a delay, or nothing at all; if short, without guards and bound."""
    if not rule.automatic:
        return rule.trigger
    begin = f"after {duration(rule.after_s)}" if rule.after_s is not None else "at once"
    if short:
        return begin
    asked = f" [{' and '.join(rule.when)}]" if rule.when else ""
    parts = [begin + asked]
    if rule.fires:
        parts.append(rule.trigger)
    if rule.bound is not None:
        parts.append(f"at most {rule.bound} ×".replace(" ", NO_BREAK_SPACE))
    return ", ".join(parts)


def region_of(chart: "DrawnChart", state: "DrawnState") -> str | None:
    """The superstate around a state. A place of an extension is drawn beside the state that it is in."""
    parents = {one.name: one.parent for one in chart.states}
    parent = state.parent
    while parent in parents:
        parent = parents[parent]
    return parent


def guard_of(branch: "DrawnChoice", *, alone: bool) -> str | None:
    """The guard of a branch; None if its rule has no other branch and no guard."""
    if branch.guard is not None:
        return branch.guard
    return None if alone else ELSE


def written(triggers: "tuple[str, ...]", guards: "list[str | None]") -> str:
    """Triggers and guards as a line, such as `poll, cancel [task_failed]`."""
    asked = " or ".join(guard for guard in guards if guard is not None)
    return " ".join(part for part in (", ".join(filter(None, triggers)), f"[{asked}]" if asked else "") if part)


def wrapped(lines: "tuple[str, ...]") -> "Iterator[str]":
    """Long lines of a label, broken before the guard."""
    for line in lines:
        yield from (part.replace(NO_BREAK_SPACE, " ") for part in folded(line, LABEL_WIDTH))


def _notes(chart: "DrawnChart", name: str, stays: list[Bundle]) -> tuple[str, ...]:
    effects = [
        f"{SPEAKS} {called(rule)} / {rule.effect}"
        for rule in chart.rules
        if rule.effect is not None and name in rule.sources
    ]
    asked = [
        f"{rule.trigger} only if {' and '.join(rule.when)}"
        for rule in chart.rules
        if rule.when and not rule.automatic and name in rule.sources
    ]
    asked += [f"{one.trigger} only if {one.guard}" for one in chart.guards if name in one.sources]
    shown = [f"shows as {one.shows_as}" for one in chart.states if one.name == name != one.shows_as]
    lines = [line for bundle in stays if name in bundle.sources for line in bundle.lines]
    return (*shown, *asked, *effects, *(f"{STAYS} {line}" for line in lines))


def _legend(chart: "DrawnChart", stays: list[Bundle]) -> tuple[str, ...]:
    lines = ["An arrow says: trigger [guard]. It is taken if the guard is true."]
    if chart.choices:
        lines.append("At a diamond, the first true guard decides. If none is true, the state's own lines decide.")
    if any(rule.effect is not None for rule in chart.transitions):
        lines.append(f"{SPEAKS} trigger / effect: the effect runs first and may send requests.")
    if stays:
        lines.append(f"{STAYS} The state stays.")
    return tuple(lines)
