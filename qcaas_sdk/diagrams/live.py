"""Live pictures: where a model is and which way it came; where many are."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from qcaas_sdk.diagrams.chart import Detail, picture_of
from qcaas_sdk.diagrams.life import Life, Move
from qcaas_sdk.diagrams.model import Arrow, Box, Mark, Picture
from qcaas_sdk.diagrams.words import duration

if TYPE_CHECKING:
    from qcaas_sdk.statechart import Chart

BAR_WIDTH = 16
MOST_STEPS = 3
"""Steps of a move that are listed one by one; more are counted."""


def picture_of_one(life: Life) -> Picture:
    """A chart with the life of one model in it: each state's visits and times, and the steps of its way."""
    plain = picture_of(life.chart, Detail.MOVES)
    steps: dict[tuple[str, str], list[int]] = {}
    for step, move in enumerate(life.moves, 1):
        steps.setdefault((move.source, move.target), []).append(step)
    last = (life.moves[-1].source, life.moves[-1].target) if life.moves else None
    taken = _triggers_of(life.moves)
    arrows = []
    for arrow in plain.arrows:
        way = (arrow.source, arrow.target)
        if way in steps:
            arrows.append(
                attrs.evolve(
                    arrow,
                    lines=(f"{_steps(steps[way])}: {', '.join(taken[way])}",),
                    mark=Mark.HERE if way == last else Mark.BEEN,
                )
            )
        else:
            arrows.append(_never(arrow))
    run = f", run {life.runs}" if life.runs > 1 else ""
    return attrs.evolve(
        plain,
        title=f"{life.name}: {life.here.state}{run}",
        boxes=tuple(_visited(box, life) for box in plain.boxes),
        arrows=tuple(arrows),
        legend=("1, 2, …: the steps of its way", "dark: where it is", "pale: where it was", "no number: never gone"),
    )


def picture_of_many(
    title: str, chart: "Chart", counts: Mapping[str, int], ways: Mapping[tuple[str, str], int]
) -> Picture:
    """A chart with many models in it: how many are in each state, and how many times each way was gone.

    Args:
        title: What people call them together.
        chart: The chart of each.
        counts: How many are in each state, by its name.
        ways: How often they went from one state to another.
    """
    plain = picture_of(chart, Detail.MOVES)
    total = sum(counts.values())
    arrows = []
    for arrow in plain.arrows:
        times = ways.get((arrow.source, arrow.target), 0)
        gone = attrs.evolve(arrow, lines=(f"{times:,} ×",), mark=Mark.BEEN)
        arrows.append(gone if times else _never(arrow))
    return attrs.evolve(
        plain,
        title=title,
        boxes=tuple(_counted(box, counts.get(box.name, 0), total) for box in plain.boxes),
        arrows=tuple(arrows),
        legend=("dark: where some are", "n ×: how often a way was gone"),
    )


def _visited(box: Box, life: Life) -> Box:
    stays = [stay for stay in life.stays if stay.state == box.name]
    if not stays:
        return attrs.evolve(box, mark=Mark.AWAY)
    lengths = [stay.length_s for stay in stays if stay.length_s is not None]
    notes = []
    if life.here.state == box.name and not box.final:
        here = life.here.length_s
        notes.append("here now" if here is None else f"here for {duration(here)}")
    elif life.here.state == box.name:
        notes.append("here now")
    if len(stays) > 1:
        notes.append(f"{len(stays)} ×" + (f", {duration(sum(lengths))} in all" if lengths and not box.final else ""))
    elif lengths and stays[0].over and not box.final:
        notes.append(f"for {duration(lengths[0])}")
    return attrs.evolve(box, mark=Mark.HERE if life.here.state == box.name else Mark.BEEN, notes=tuple(notes))


def _counted(box: Box, count: int, total: int) -> Box:
    share = count / total if total else 0.0
    filled = min(BAR_WIDTH, max(1, round(share * BAR_WIDTH))) if count else 0
    notes = (f"{count:,} of {total:,} ({_percent(share)})", "▰" * filled + "▱" * (BAR_WIDTH - filled))
    return attrs.evolve(box, summary="", notes=notes, mark=Mark.HERE if count else Mark.AWAY)


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def _steps(steps: list[int]) -> str:
    if len(steps) <= MOST_STEPS:
        return ", ".join(map(str, steps))
    return f"{len(steps)} ×, last {steps[-1]}"


def _triggers_of(moves: Iterable[Move]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for move in moves:
        triggers = found.setdefault((move.source, move.target), [])
        if move.trigger not in triggers:
            triggers.append(move.trigger)
    return found


def _never(arrow: Arrow) -> Arrow:
    """A way that was never gone: still there, without words."""
    return attrs.evolve(arrow, lines=(), mark=Mark.AWAY)
