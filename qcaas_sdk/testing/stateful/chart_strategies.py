"""Hypothesis strategies for charts, sound and broken, and for the events that may come to them."""

import yaml
from attrs import frozen
from hypothesis import strategies as st

from qcaas_sdk.statechart import Chart, parse_chart
from qcaas_sdk.testing.stateful.chart_documents import Document, compositions, documents, extensions
from qcaas_sdk.testing.stateful.chart_mistakes import MISTAKES, MISTAKES_OF_COMPOSITIONS, MISTAKES_OF_EXTENSIONS

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the fast one is not in every build of PyYAML


@frozen
class BrokenChart:
    """A chart file with one mistake.

    Attributes:
        text: The text of the file.
        problem: What is wrong with it, in a few words.
    """

    text: str
    problem: str


def statecharts(*, max_states: int = 6, depth: bool = True, automatic: bool = False) -> st.SearchStrategy[Chart]:
    """Charts without a mistake, with guards, effects, superstates, choice points, final states and perhaps a reset.

    Args:
        max_states: The largest number of states that are not final.
        depth: Whether some have superstates and choice points.
        automatic: Whether some have automatic and delayed transitions too.
    """
    return documents(max_states, depth=depth, automatic=automatic).map(_read)


def extended_statecharts() -> st.SearchStrategy[Chart]:
    """Charts without a mistake that extend `job`: guards, states, automatic and delayed transitions."""
    return extensions().map(_read)


def composite_statecharts() -> st.SearchStrategy[Chart]:
    """Charts without a mistake whose children run `job`: rules that reach every state and cover every combination."""
    return compositions().map(_read)


@st.composite
def broken_statecharts(draw: st.DrawFn, *, max_states: int = 4) -> BrokenChart:
    """Charts with exactly one common mistake: loading them must raise `BadStatechart`."""
    problem = draw(st.sampled_from([*MISTAKES, *MISTAKES_OF_EXTENSIONS, *MISTAKES_OF_COMPOSITIONS]))
    if problem in MISTAKES:
        document = draw(documents(max_states))
        MISTAKES[problem](document, draw(st.sampled_from(document["transitions"])))
    elif problem in MISTAKES_OF_EXTENSIONS:
        document = draw(extensions())
        MISTAKES_OF_EXTENSIONS[problem](document)
    else:
        document = draw(compositions())
        MISTAKES_OF_COMPOSITIONS[problem](document)
    return BrokenChart(_written(document), problem)


@st.composite
def event_sequences(draw: st.DrawFn, chart: Chart, *, max_size: int = 30) -> list[str]:
    """Sequences of triggers: most are legal on some path through the chart, some are not.

    Args:
        draw: Hypothesis passes it.
        chart: The chart.
        max_size: The largest number of triggers.
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


def entered(chart: Chart, states: set[str]) -> set[str]:
    """These states, and those to which automatic transitions lead from them; a delayed one may be due meanwhile."""
    reached, todo = set(states), list(states)
    while todo:
        state = todo.pop()
        for automatic in chart.automatic.get(state, ()):
            declared = chart.transition(state, automatic.trigger)
            found = {choice.target or state for choice in declared.choices} - reached if declared else set()
            reached |= found
            todo += found
    return reached


def _read(document: Document) -> Chart:
    return parse_chart(_written(document), file="<drawn>")


def _written(document: Document) -> str:
    text: str = yaml.dump(document, Dumper=_DUMPER, sort_keys=False)
    return text
