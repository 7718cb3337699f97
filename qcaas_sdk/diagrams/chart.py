"""The picture of a chart: what is written in its boxes and beside its arrows.

An effect belongs to a state and a trigger, and runs before any guard is asked: it stands in the box of that state. So
do the outcomes that stay there. What is left beside the arrows is short, and arrows that share both ends are one.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import define, field

from qcaas_sdk.diagrams.picture import Arrow, Box, Picture

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable import DrawnChart, DrawnChoice, DrawnRule, DrawnState

SPEAKS = "⇄"
"""Stands before what may speak to a server."""
STAYS = "↺"
"""Stands before the outcomes that leave the state as it is."""


class Detail(StrEnum):
    """How much is written."""

    TRIGGERS = "triggers"
    """The triggers that move, as `poll, cancel`."""
    GUARDS = "guards"
    """Guards too, as `poll [task_failed]`; effects and stays in the boxes."""
    SUMMARIES = "summaries"
    """The same, and the chart's line about each outcome."""


@define
class Bundle:
    """The moves that share source and target, or the stays in one state.

    Attributes:
        source: The state they leave.
        target: The state they enter.
        moves: Each with the transition that it is an outcome of.
    """

    source: str
    target: str
    moves: "list[tuple[DrawnRule, DrawnChoice]]" = field(factory=list)

    @property
    def triggers(self) -> tuple[str, ...]:
        """What leads along here, each once."""
        return tuple(dict.fromkeys(transition.trigger for transition, _ in self.moves))

    @property
    def speaks(self) -> bool:
        """Whether any of them has an effect."""
        return any(transition.effect is not None for transition, _ in self.moves)


def bundles(chart: "DrawnChart") -> list[Bundle]:
    """The outcomes of a chart, those with the same source and target together."""
    found: dict[tuple[str, str], Bundle] = {}
    for source, transition, choice, target in chart.arrows():
        found.setdefault((source, target), Bundle(source, target)).moves.append((transition, choice))
    return list(found.values())


def picture_of(chart: "DrawnChart", detail: Detail = Detail.GUARDS) -> Picture:
    """The picture of a chart.

    Args:
        chart: The chart.
        detail: How much is written.
    """
    together = bundles(chart)
    stays = {bundle.source: bundle for bundle in together if bundle.source == bundle.target}
    return Picture(
        title=f"{chart.name}: {chart.summary}",
        initial=chart.initial,
        boxes=tuple(_box(chart, state, stays.get(state.name), detail) for state in chart.states),
        arrows=tuple(_arrow(chart, bundle, detail) for bundle in together if bundle.source != bundle.target),
        legend=_legend(chart, detail),
    )


def _box(chart: "DrawnChart", state: "DrawnState", stays: Bundle | None, detail: Detail) -> Box:
    notes: list[str] = []
    if detail is not Detail.TRIGGERS:
        legal = (chart.transition(state.name, trigger) for trigger in chart.legal(state.name))
        notes += [f"{SPEAKS} {known.trigger} / {known.effect}" for known in legal if known and known.effect]
        notes += [f"{STAYS} {line}" for line in (_lines(stays, detail) if stays else ())]
    return Box(name=state.name, summary=state.summary, final=state.final, notes=tuple(notes))


def _arrow(chart: "DrawnChart", bundle: Bundle, detail: Detail) -> Arrow:
    return Arrow(
        source=bundle.source,
        target=bundle.target,
        lines=tuple(_lines(bundle, detail)),
        speaks=bundle.speaks,
        resets=all(transition.trigger == chart.reset for transition, _ in bundle.moves),
        hint=tuple(
            f"{_written([transition], [_guard(transition, choice)])}: {choice.summary}"
            for transition, choice in bundle.moves
        ),
    )


def _lines(bundle: Bundle, detail: Detail) -> list[str]:
    if detail is Detail.TRIGGERS:
        transitions = list({transition.trigger: transition for transition, _ in bundle.moves}.values())
        return [_signed(_written(transitions, [None]), bundle.source != bundle.target and bundle.speaks)]
    lines = []
    for transitions, guards, summaries in _grouped(bundle, apart=detail is Detail.SUMMARIES):
        speaks = bundle.source != bundle.target and any(transition.effect for transition in transitions)
        lines.append(_signed(_written(transitions, guards), speaks))
        lines += summaries if detail is Detail.SUMMARIES else []
    return lines


def _grouped(bundle: Bundle, *, apart: bool) -> "list[tuple[list[DrawnRule], list[str | None], list[str]]]":
    """Triggers that ask for the same guards together, unless each is to stand apart; with the summaries."""
    if apart:
        return [([t], [_guard(t, choice)], [choice.summary]) for t, choice in bundle.moves]
    asked: dict[str, list[str | None]] = {}
    for transition, choice in bundle.moves:
        asked.setdefault(transition.trigger, []).append(_guard(transition, choice))
    by_trigger = {transition.trigger: transition for transition, _ in bundle.moves}
    alike: dict[tuple[bool, tuple[str | None, ...]], list[DrawnRule]] = {}
    for trigger, guards in asked.items():
        transition = by_trigger[trigger]
        alike.setdefault((transition.effect is not None, tuple(guards)), []).append(transition)
    return [(transitions, list(guards), []) for (_, guards), transitions in alike.items()]


def _guard(transition: "DrawnRule", choice: "DrawnChoice") -> str | None:
    """What must hold for a choice; None if nothing must and there is no other."""
    if choice.guard is not None:
        return choice.guard
    return "else" if len(transition.choices) > 1 else None


def _written(transitions: "list[DrawnRule]", guards: list[str | None]) -> str:
    triggers = ", ".join(transition.trigger for transition in transitions)
    asked = " or ".join(guard for guard in guards if guard is not None)
    return f"{triggers} [{asked}]" if asked else triggers


def _signed(text: str, speaks: bool) -> str:
    return f"{SPEAKS} {text}" if speaks else text


def _legend(chart: "DrawnChart", detail: Detail) -> tuple[str, ...]:
    lines = []
    if any(transition.effect is not None for transition in chart.transitions):
        lines.append(f"{SPEAKS} has an effect: may speak to the server")
    if detail is not Detail.TRIGGERS:
        lines += ["trigger / effect", "trigger [guard]", f"{STAYS} stays"]
    return tuple(lines)
