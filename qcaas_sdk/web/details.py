"""Everything about one job, as the page shows it."""

import json
from typing import Any

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.task_timings import service_times
from qcaas_sdk._base.text import message, one_line
from qcaas_sdk._record import ErrorRecord, JobRecord, OutputRecord, ResultRecord
from qcaas_sdk._record.known_chart import known_chart
from qcaas_sdk.diagrams.browser_drawing import Document, drawing
from qcaas_sdk.diagrams.history import history_of
from qcaas_sdk.diagrams.job import picture_of_one
from qcaas_sdk.results.formats import registers_of
from qcaas_sdk.web.rows import milliseconds

MAX_PROGRAM = 100_000
"""Characters of a program that the page shows."""

MAX_BITSTRINGS = 256
"""Bitstrings of a register that the page shows, the most frequent ones."""

MAX_DATA = 20_000
"""Characters of a result that is not counts."""
MAX_RUNS = 20
"""Runs that the page shows, the latest ones."""


def details(number: int, record: JobRecord, label: str, clock: Clock) -> Document:
    """A job with its chart, its history, its program and its outputs."""
    program = record.request.program
    shown = program[:MAX_PROGRAM]
    return {
        "number": number,
        "name": one_line(record.name or label),
        "state": record.state.value,
        "place": one_line(record.place),
        "qpu": one_line(record.qpu_id),
        "task": one_line(record.task_id or ""),
        "tag": one_line(record.tag or ""),
        "metadata": one_line(json.dumps(record.user_metadata)) if record.user_metadata else "",
        "status": one_line(record.run.server_status or ""),
        "in_doubt": record.run.in_doubt,
        "ended": record.ended,
        "transitions": [
            {
                "source": one.source.value,
                "target": one.target.value,
                "trigger": one_line(one.trigger),
                "reason": message(one.reason),
                "at": milliseconds(one.at),
            }
            for one in record.transitions
        ],
        "outputs": [_output(output) for output in record.history[-MAX_RUNS:]],
        "runs": len(record.history),
        "program": "\n".join(map(one_line, shown.splitlines())),
        "left_out": len(program) - len(shown),
        "config": one_line(record.request.config_json),
        "chart": _chart(record, record.name or label or f"job {number}", clock),
    }


def _chart(record: JobRecord, name: str, clock: Clock) -> Document | None:
    history = history_of(record, known_chart(record), clock, name)
    return drawing(picture_of_one(history))


def _output(output: OutputRecord) -> Document:
    times = service_times(output.qpu_id, output.timings, ran=not output.is_error)
    common: Document = {
        "task": one_line(output.task_id or ""),
        "qpu": one_line(output.qpu_id),
        "received": None if output.received is None else milliseconds(output.received),
        "waited_s": None if times is None else times.waited_s,
        "ran_s": None if times is None else times.ran_s,
    }
    if isinstance(output, ErrorRecord):
        return common | {"error": message(output.error_message), "code": output.error_code}
    assert isinstance(output, ResultRecord)  # there is nothing else
    try:
        registers = registers_of(output.data, "the result")
    except ValueError:  # another result format
        text = json.dumps(output.data, default=str)
        return common | {"data": one_line(text[:MAX_DATA]), "left_out": max(0, len(text) - MAX_DATA)}
    return common | {"registers": [_register(name, counts) for name, counts in registers.items()]}


def _register(name: str, counts: dict[str, int]) -> dict[str, Any]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "name": one_line(name),
        "shots": sum(counts.values()),
        "bitstrings": len(counts),
        "counts": [[bits, count] for bits, count in ranked[:MAX_BITSTRINGS]],
    }
