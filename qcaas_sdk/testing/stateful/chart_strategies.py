"""Hypothesis strategies for charts, sound and broken, and for the events that may come to them."""

from collections.abc import Callable
from typing import Any, TypeAlias

import yaml
from attrs import frozen
from hypothesis import strategies as st

from qcaas_sdk.statechart import Chart, parse_chart

Document: TypeAlias = dict[str, Any]
"""A chart as the data of its file."""


@frozen
class BrokenChart:
    """A chart file that is to be refused.

    Attributes:
        text: What it holds.
        problem: What is wrong with it, in a few words.
    """

    text: str
    problem: str


def statecharts(*, max_states: int = 6) -> st.SearchStrategy[Chart]:
    """Charts without a mistake: guards, effects, stays, ends and perhaps a reset.

    Args:
        max_states: States at most that are no ends.
    """
    return _documents(max_states).map(lambda document: parse_chart(_written(document), file="<drawn>"))


@st.composite
def broken_statecharts(draw: st.DrawFn, *, max_states: int = 4) -> BrokenChart:
    """Charts with exactly one mistake, of those that are easily made; each is to be refused with `BadStatechart`."""
    document = draw(_documents(max_states))
    problem = draw(st.sampled_from(list(_MISTAKES)))
    _MISTAKES[problem](document, draw(st.sampled_from(document["transitions"])))
    return BrokenChart(_written(document), problem)


@st.composite
def event_sequences(draw: st.DrawFn, chart: Chart, *, max_size: int = 30) -> list[str]:
    """Triggers in a row: most are legal on some way through the chart, some are not.

    Args:
        draw: Hypothesis' own.
        chart: The chart.
        max_size: Triggers at most.
    """
    at = {chart.initial}  # where a model may be by now
    events: list[str] = []
    for _ in range(draw(st.integers(0, max_size))):
        legal = sorted({trigger for state in at for trigger in chart.legal(state)})
        anything = not legal or draw(st.integers(0, 5)) == 5
        event = draw(st.sampled_from(list(chart.triggers) if anything else legal))
        events.append(event)
        at |= {
            target for source, transition, _, target in chart.arrows() if source in at and transition.trigger == event
        }
    return events


@st.composite
def _documents(draw: st.DrawFn, max_states: int) -> Document:
    """A chart without a mistake: a way through all its states, and some ways across."""
    living = [f"state_{number}" for number in range(draw(st.integers(1, max_states)))]
    ends = [f"end_{number}" for number in range(draw(st.integers(1, 3)))]
    states: list[Document] = [{"name": name, "summary": f"Here it is {name}."} for name in living]
    states += [{"name": name, "summary": "It is over.", "final": True} for name in ends]
    transitions: list[Document] = []
    for place, source in enumerate(living):
        onward = living[place + 1] if place + 1 < len(living) else ends[0]
        targets = [onward, *(ends[1:] if place == 0 else [])]
        targets += draw(st.lists(st.sampled_from([*living, *ends]), max_size=2))
        choices: list[Document] = [
            {"guard": f"guard_{number}", "target": target, "summary": "A way on."}
            for number, target in enumerate(targets)
        ]
        if draw(st.booleans()):
            choices.append({"summary": "Nothing new."})
        transitions.append({"trigger": f"go_{place}", "source": source, "summary": "Go on.", "choices": choices})
    for number in range(draw(st.integers(0, 3))):
        sources = draw(st.lists(st.sampled_from(living), min_size=1, max_size=3, unique=True))
        target = draw(st.sampled_from([*living, *ends]))
        transitions.append(_step(f"jump_{number}", sources, target) | {"effect": "knock"})
    document: Document = {"name": "drawn", "summary": "A chart that was drawn.", "initial": living[0]}
    if draw(st.booleans()):
        document["reset"] = "reset"
        transitions.append(_step("reset", ends, living[0]))
    return {**document, "states": states, "transitions": transitions}


def _step(trigger: str, source: str | list[str], target: str) -> Document:
    return {"trigger": trigger, "source": source, "target": target, "summary": f"One can {trigger} here."}


# Mistakes, each made in a document that is right, some in one of its transitions.


def _target_that_is_none(_: Document, some: Document) -> None:
    (some["choices"][0] if "choices" in some else some)["target"] = "nowhere"


def _source_that_is_none(_: Document, some: Document) -> None:
    some["source"] = "nowhere"


def _initial_that_is_none(document: Document, _: Document) -> None:
    document["initial"] = "nowhere"


def _island(document: Document, _: Document) -> None:
    document["states"].append({"name": "island", "summary": "Nobody comes here."})
    document["transitions"].append(_step("swim", "island", document["initial"]))


def _trap(document: Document, _: Document) -> None:
    document["states"].append({"name": "trap", "summary": "Nobody leaves."})
    document["transitions"].append(_step("fall", document["initial"], "trap"))


def _two_of_one_name(document: Document, _: Document) -> None:
    document["states"].append(dict(document["states"][0]))


def _no_end(document: Document, _: Document) -> None:
    for state in document["states"]:
        state.pop("final", None)


def _way_out_of_an_end(document: Document, _: Document) -> None:
    end = next(state["name"] for state in document["states"] if state.get("final"))
    document["transitions"].append(_step("rise", end, document["initial"]))


def _choice_after_the_last(document: Document, _: Document) -> None:
    first = document["transitions"][0]
    first["choices"] = [{"summary": "Always."}, *first["choices"]]


def _declared_twice(document: Document, some: Document) -> None:
    document["transitions"].append(dict(some))


def _misspelt(_: Document, some: Document) -> None:
    some["gaurd"] = "guard_0"


def _no_summary(_: Document, some: Document) -> None:
    del some["summary"]


def _reset_that_is_none(document: Document, _: Document) -> None:
    document["reset"] = "rewind"


def _no_states(document: Document, _: Document) -> None:
    del document["states"]


_MISTAKES: dict[str, Callable[[Document, Document], None]] = {
    "a target that is no state": _target_that_is_none,
    "a source that is no state": _source_that_is_none,
    "an initial state that is none": _initial_that_is_none,
    "a state that is never reached": _island,
    "a state that never ends": _trap,
    "two states of one name": _two_of_one_name,
    "no end": _no_end,
    "a way out of an end": _way_out_of_an_end,
    "a choice after the last": _choice_after_the_last,
    "a trigger declared twice in a state": _declared_twice,
    "a misspelt key": _misspelt,
    "a missing summary": _no_summary,
    "a reset that is no trigger": _reset_that_is_none,
    "no states at all": _no_states,
}


def _written(document: Document) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False)
    return text
