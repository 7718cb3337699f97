"""Results that the tests of this folder look at."""

from datetime import UTC, datetime
from typing import Any

from qcaas_sdk import JobError, JobOutputProxy, JobResult

WHEN = datetime(2026, 11, 23, 12, tzinfo=UTC)
ABOUT: dict[str, Any] = {"qpu_id": "qpu:1", "program": "OPENQASM 2.0;", "received": WHEN}

OTHER_FORMATS: list[Any] = [
    {"c": [[1, -1, 1], [1, 1, 1]]},  # raw
    {"c": [0, 1]},  # binary
    {"c": "01"},  # binary, squashed
    [[0.1, 0.2]],
    {"00": 489, "11": 511},
    {"c": {"00": 0.5}},
    {"c": {"0x1": 3}},
    {"c": {"00": -1}},
    {"c": {"00": True}},
    "text",
    None,
]


def result(task_id: str = "task-1", **registers: dict[str, int]) -> JobResult:
    return JobResult(**ABOUT, task_id=task_id, data=registers)


def error(task_id: str = "task-2") -> JobError:
    return JobError(**ABOUT, task_id=task_id, error_code=7, error_message="bad luck")


def outputs(*given: JobResult | JobError) -> JobOutputProxy[JobResult | JobError]:
    return JobOutputProxy(given)
