"""JSON from the server becomes data, or a named error that says where it is wrong."""

import json
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._service.lenient import is_id
from qcaas_sdk._service.qpu_list import read_qpus
from qcaas_sdk._service.wire import (
    QpuEntry,
    SubmitAck,
    TaskError,
    TaskReport,
    TaskStatus,
    TaskSubmission,
    read,
    read_features,
    read_kept_list,
    read_key,
    read_report,
    read_time,
)
from qcaas_sdk.errors import BadAnswer, ServerWarning

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
    assert report.has_ended == (status in {"COMPLETED", "FAILED", "CANCELLED", "EXPIRED"})


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({}, "status"),
        ({"status": None}, "status"),
        ({"status": 3}, "status"),
        ({"status": "DONE", "results": {"c": {"0": float("nan")}}}, r"results.c.0"),
        ({"status": "DONE", "results": [[1], [10**400]]}, r"results[1][0]"),
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


@pytest.mark.filterwarnings("ignore::qcaas_sdk.errors.ServerWarning")
@given(JSON)
def test_no_json_whatever_raises_anything_but_a_bad_answer(value: Any) -> None:
    for kind in (TaskReport, QpuEntry, list[str], list[SubmitAck], list[dict[str, Any]], dict[str, Any]):
        try:
            read(value, kind, "something")
        except BadAnswer as error:
            assert "something" in str(error)
    for call in (
        lambda: read_report(value, "task-1"),
        lambda: read_features(value, "qpu:1"),
        lambda: read_qpus(value),
        lambda: read_kept_list(value, "a list"),
        lambda: read_time(value, "a time"),
        lambda: read_key(value, "items", list[str], "a list"),
    ):
        try:
            call()
        except BadAnswer as error:
            assert error.may_have_arrived


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("boom", None, "boom"),
        (["a", 1], None, '["a", 1]'),
        ({"error_code": "31", "error_message": "x"}, 31, "x"),
        ({"error_code": 3.0, "error_message": "a"}, 3, "a"),
        ({"error_code": "E7", "error_message": "a"}, None, "E7: a"),
        ({"error_code": 3.5}, None, "3.5: no reason"),
        ({"error_code": True, "error_message": "a"}, None, "true: a"),
        ({"error_code": 10**400, "error_message": "a"}, None, "null: a"),
        ({"error_code": 3, "error_message": ["a", "b"]}, 3, '["a", "b"]'),
        ({"error_code": 3, "error_message": {"a": float("inf")}}, 3, '{"a": null}'),
        ({}, None, None),
    ],
)
@pytest.mark.filterwarnings("ignore::qcaas_sdk.errors.ServerWarning")
def test_whatever_form_an_error_has_its_words_are_kept(said: Any, code: int | None, message: str | None) -> None:
    assert read_report({"status": "FAILED", "task_error": said}, "t").task_error == TaskError(code, message)


@pytest.mark.parametrize("odd", [[1], "2026-01-01", 3, True, [], {"a": float("nan")}, {"a": [10**400]}])
@pytest.mark.parametrize("name", ["timings", "execution_metadata", "metadata"])
def test_an_odd_diagnostic_hides_no_result(name: str, odd: Any) -> None:
    with pytest.warns(
        ServerWarning, match=f"parts of information about task task-1 are not valid and were left out: {name}"
    ):
        report = read_report({"status": "COMPLETED", "results": {"c": {"0": 1}}, name: odd}, "task-1")
    assert report.results == {"c": {"0": 1}}
    assert getattr(report, name) in (None, {"a": None}, {"a": [None]})


def test_while_a_task_runs_nothing_is_said_about_its_diagnostics() -> None:
    assert read_report({"status": "RUNNING", "timings": [1], "results": float("inf")}, "t") == TaskReport("RUNNING")


def test_a_filter_that_raises_warnings_hides_no_result(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_report({"status": "DONE", "results": {}, "timings": 3}, "t").results == {}
    assert "timings" in caplog.text


@pytest.mark.parametrize(
    ("id_", "usable"),
    [
        ("0f3a-77", True),
        ("a/b", True),
        ("..", False),
        (".", False),
        ("", False),
        (" a", False),
        ("a\nb", False),
        ("\ud800", False),
        ("\u202e", False),
        ("a" * 501, False),
        (5, False),
    ],
)
def test_an_id_can_stand_in_a_url(id_: object, usable: bool) -> None:
    assert is_id(id_) is usable


def test_features_come_as_an_object_or_as_its_text() -> None:
    features = {"qubits": 32}
    assert read_features(features, "q") == read_features(json.dumps(features), "q") == features


def test_a_time_keeps_its_zone() -> None:
    assert read_time("2026-12-01T09:00:00Z", "a time") == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert read_time("2026-12-01T09:00:00+02:00", "a time").utcoffset() == timedelta(hours=2)


def test_an_order_goes_out_without_what_it_does_not_have() -> None:
    order = TaskSubmission("task-1", "qpu:1", "OPENQASM 2.0;", "{}")
    assert order.to_wire() == {"program": "OPENQASM 2.0;", "config": "{}", "qpu_id": "qpu:1", "task_id": "task-1"}
    tagged = TaskSubmission("task-1", "qpu:1", "OPENQASM 2.0;", "{}", tag="mine", hybrid_marker="loop")
    assert tagged.to_wire() == {**order.to_wire(), "tag": "mine", "hybrid_marker": "loop"}
