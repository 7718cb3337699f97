"""JSON from the server becomes data, or a named error that says where it is wrong."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.errors import BadAnswer
from qcaas_sdk.gateway.wire import (
    QpuEntry,
    Receipt,
    TaskError,
    TaskOrder,
    TaskReport,
    TaskStatus,
    read,
    read_features,
    read_key,
    read_report,
    read_time,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def test_a_report_with_everything() -> None:
    report = read_report(
        {
            "status": "FAILED",
            "results": None,
            "task_error": {"error_code": 101, "error_message": "no such gate"},
            "timings": {"created": "now"},
            "execution_metadata": {"shots": 10},
            "metadata": {},
            "a field of next year": 1,
        },
        "task-1",
    )
    assert report.meaning is TaskStatus.FAILED
    assert report.task_error == TaskError(101, "no such gate")
    assert report.timings == {"created": "now"}
    assert report.execution_metadata == {"shots": 10}


def test_a_status_alone_is_a_report() -> None:
    assert read_report({"status": "QUEUED"}, "task-1") == TaskReport(status="QUEUED")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("QUEUED", "SUBMITTED"),
        ("IN_PROGRESS", "RUNNING"),
        ("SUCCEEDED", "COMPLETED"),
        ("DONE", "COMPLETED"),
        ("ERROR", "FAILED"),
        ("CANCELED", "CANCELLED"),
        ("expired", "EXPIRED"),
        ("UNKNOWN", "UNKNOWN"),
        ("TRANSMOGRIFIED", "UNKNOWN"),
        ("", "UNKNOWN"),
    ],
)
def test_spellings_are_understood_and_new_words_are_unknown_but_kept(word: str, status: str) -> None:
    report = TaskReport(status=word)
    assert report.meaning is TaskStatus(status)
    assert report.status == word


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({}, "status"),
        ({"status": None}, "status"),
        ({"status": 3}, "status"),
        ({"status": "FAILED", "task_error": "boom"}, "task_error"),
        ({"status": "FAILED", "task_error": {"error_code": "x"}}, "error_code"),
        ({"status": "DONE", "timings": [1]}, "timings"),
        ([], ""),
        (None, ""),
        ("COMPLETED", ""),
    ],
)
def test_what_is_no_report_is_a_bad_answer_that_says_where(answer: Any, where: str) -> None:
    with pytest.raises(BadAnswer, match="information about task task-1") as caught:
        read_report(answer, "task-1")
    assert where in str(caught.value)
    assert len(str(caught.value)) < 600


@given(JSON)
def test_no_json_whatever_raises_anything_but_a_bad_answer(value: Any) -> None:
    for kind in (TaskReport, QpuEntry, list[str], list[Receipt], list[dict[str, Any]], dict[str, Any]):
        try:
            read(value, kind, "something")
        except BadAnswer as error:
            assert "something" in str(error)
    for call in (
        lambda: read_report(value, "task-1"),
        lambda: read_features(value, "qpu:1"),
        lambda: read_time(value, "a time"),
        lambda: read_key(value, "items", list[str], "a list"),
    ):
        try:
            call()
        except BadAnswer as error:
            assert error.may_have_arrived


def test_features_come_as_an_object_or_as_its_text() -> None:
    features = {"qubits": 32}
    assert read_features(features, "q") == read_features(json.dumps(features), "q") == features


def test_a_time_keeps_its_zone() -> None:
    assert read_time("2026-12-01T09:00:00Z", "a time") == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert read_time("2026-12-01T09:00:00+02:00", "a time").utcoffset() == timedelta(hours=2)


def test_an_order_goes_out_without_what_it_does_not_have() -> None:
    order = TaskOrder("task-1", "qpu:1", "OPENQASM 2.0;", "{}")
    assert order.to_wire() == {"program": "OPENQASM 2.0;", "config": "{}", "qpu_id": "qpu:1", "task_id": "task-1"}
    tagged = TaskOrder("task-1", "qpu:1", "OPENQASM 2.0;", "{}", tag="mine", hybrid_marker="loop")
    assert tagged.to_wire() == {**order.to_wire(), "tag": "mine", "hybrid_marker": "loop"}
