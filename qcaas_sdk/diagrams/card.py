"""A job as notebooks show it: a few lines, and a small picture of the way of its current run."""

from typing import TYPE_CHECKING

from attrs import frozen

from qcaas_sdk._base.text import cut, duration, one_line, one_line_html
from qcaas_sdk.diagrams.history import StateSpan, history_of
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.diagrams.notebook import image
from qcaas_sdk.diagrams.renderers.track import Stop, track

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock
    from qcaas_sdk.diagrams.drawable import DrawnJob
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

MAX_STOPS = 6
"""Maximum number of states that are shown; earlier ones are left out."""
MAX_NAME, MAX_FACTS, MAX_ERROR = 60, 200, 200


@frozen(kw_only=True)
class Card:
    """A job in a few lines. Every text is one printable line.

    Attributes:
        name: What it is called.
        told: Its current state, and its run if that is not the first.
        facts: Its task and its QPU.
        error: What went wrong; empty if nothing did.
        svg: The way of its current run.
        alt: The same in words.
    """

    name: str
    told: str
    facts: str
    error: str
    svg: str
    alt: str

    def html(self) -> str:
        """The card as HTML."""
        state, _, run = self.told.partition(", ")
        run, error = (f", {one_line_html(run)}" if run else ""), one_line_html(self.error)
        return (
            f"<div><b>{one_line_html(self.name)}</b>: <b>{one_line_html(state)}</b>{run} "
            f'<span style="opacity:0.75">({one_line_html(self.facts)})</span>{f"<div>{error}</div>" if error else ""}'
            f'<div style="margin-top:4px">{image(self.svg, self.alt)}</div></div>'
        )


def card(record: "DrawnJob", chart: "DrawnChart", clock: "Clock", *, moving: bool = False) -> Card:
    """The card of a job.

    Args:
        record: The record of the job.
        chart: Its chart.
        clock: The clock of its machine.
        moving: Whether it is shown as it is now for some time, so that it must not say how long that has been so.
    """
    history = history_of(record, chart, clock)
    spans = _current_run(history.spans, [one.trigger for one in history.transitions], chart.reset)
    looks = looks_of(chart)
    stops = [
        Stop(
            name=span.state,
            told="" if moving and span is spans[-1] else _told(span, final=span.state in chart.final_states),
            colour=looks[span.state].colour,
            sign=looks[span.state].sign,
            here=span is spans[-1],
        )
        for span in spans
    ]
    shown = [*stops[:1], Stop(name="…"), *stops[1 - MAX_STOPS :]] if len(stops) > MAX_STOPS else stops
    name, run = one_line(cut(record.tag or "job", MAX_NAME)), f", run {history.runs}" if history.runs > 1 else ""
    alt = f"{name} is {history.told}{run}. {', '.join(f'{one.name} {one.told}'.strip() for one in shown)}."
    held = f": {record.held}" if record.held else ""
    facts = [f"task {record.task_id}" if record.task_id else f"not submitted{held}", f"on {record.qpu_id}"]
    error = getattr(record.error, "short", None)
    return Card(
        name=name,
        told=one_line(f"{history.told}{run}"),
        facts=cut(one_line(", ".join(facts)), MAX_FACTS),
        error=cut(one_line(error), MAX_ERROR) if isinstance(error, str) else "",
        svg=track(f"{name}: {history.told}", alt, shown),
        alt=alt,
    )


def _current_run(spans: tuple[StateSpan, ...], triggers: list[str], reset: str | None) -> tuple[StateSpan, ...]:
    """The spans since the last reset."""
    resets = [place for place, trigger in enumerate(triggers, 1) if trigger == reset]
    return spans[resets[-1] :] if resets else spans


def _told(span: StateSpan, *, final: bool) -> str:
    return "" if final or span.length_s is None else duration(span.length_s)
