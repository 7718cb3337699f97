"""A job as a notebook shows it: a few lines, and a small picture of the way of its current run."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.text import cut, one_line, one_line_html
from qcaas_sdk.diagrams.history import StateSpan, history_of
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.diagrams.notebook import image
from qcaas_sdk.diagrams.renderers.track import Stop, track
from qcaas_sdk.diagrams.words import duration

if TYPE_CHECKING:
    from qcaas_sdk._base.clock import Clock
    from qcaas_sdk.diagrams.drawable import DrawnJob
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

MAX_STOPS = 6
"""Maximum number of states that are shown; earlier ones are left out."""
MAX_NAME, MAX_ERROR = 60, 200


def card(record: "DrawnJob", chart: "DrawnChart", clock: "Clock") -> str:
    """A job as HTML.

    Args:
        record: The record of the job.
        chart: Its chart.
        clock: The clock of its machine.
    """
    history = history_of(record, chart, clock)
    spans = _current_run(history.spans, [one.trigger for one in history.transitions], chart.reset)
    looks = looks_of(chart)
    stops = [
        Stop(
            name=span.state,
            told=_told(span, final=span.state in chart.final_states),
            colour=looks[span.state].colour,
            sign=looks[span.state].sign,
            here=span is spans[-1],
        )
        for span in spans
    ]
    shown = [*stops[:1], Stop(name="…"), *stops[1 - MAX_STOPS :]] if len(stops) > MAX_STOPS else stops
    name, run = one_line(cut(record.tag or "job", MAX_NAME)), f", run {history.runs}" if history.runs > 1 else ""
    alt = f"{name} is {history.told}{run}. {', '.join(f'{one.name} {one.told}'.strip() for one in stops)}."
    held = f": {record.held}" if record.held else ""
    facts = [f"task {record.task_id}" if record.task_id else f"not submitted{held}", f"on {record.qpu_id}"]
    error = getattr(record.error, "short", None)
    told = f"<div>{one_line_html(cut(one_line(error), MAX_ERROR))}</div>" if isinstance(error, str) else ""
    return (
        f"<div><b>{one_line_html(name)}</b>: <b>{one_line_html(history.told)}</b>{run} "
        f'<span style="opacity:0.75">({one_line_html(", ".join(facts))})</span>{told}'
        f'<div style="margin-top:4px">{image(track(f"{name}: {history.told}", alt, shown), alt)}</div></div>'
    )


def _current_run(spans: tuple[StateSpan, ...], triggers: list[str], reset: str | None) -> tuple[StateSpan, ...]:
    """The spans since the last reset."""
    resets = [place for place, trigger in enumerate(triggers, 1) if trigger == reset]
    return spans[resets[-1] :] if resets else spans


def _told(span: StateSpan, *, final: bool) -> str:
    return "" if final or span.length_s is None else duration(span.length_s)
