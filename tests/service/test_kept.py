"""Bodies mutated at random: what decides is read or refused, and nothing that is kept breaks a snapshot."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http.json_decoding import DEEPEST, decoded
from qcaas_sdk._http.responses import error_from_response, read_json
from qcaas_sdk._service.qpu_list import read_qpus
from qcaas_sdk._service.wire import QpuEntry, read_kept, read_kept_list, read_report
from qcaas_sdk._snapshot import plain
from qcaas_sdk.errors import BadAnswer
from tests.support.odd_json import VALUES, as_text, mutated

pytestmark = pytest.mark.filterwarnings("ignore::qcaas_sdk.errors.ServerWarning")

RESULTS = {"c": {"00": 489, "11": 511}}
FINE = {"status": "COMPLETED", "results": RESULTS}
GOOD = {"id": "qpu:1", "url": "https://one.example.org", "active": True}
MEMBERS = st.dictionaries(
    st.sampled_from(["task_error", "timings", "execution_metadata", "metadata", "id", "qpu_id", "tag", "config"])
    | st.text(max_size=6),
    VALUES,
    max_size=6,
)


def can_be_kept(value: Any) -> None:
    """Snapshots take it, at the place where they are deepest, and JSON gives it back."""
    plain({"jobs": [{"history": [{"data": value}]}]}, "a test")
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(MEMBERS)
def test_the_results_of_a_completed_task_are_there_whatever_else_is_said(odd: dict[str, Any]) -> None:
    body = as_text(mutated({}, {}, odd) | FINE).encode()
    report = read_report(read_json(body, "GET /x"), "task-1")
    assert report.results == RESULTS
    for kept in (report.timings, report.execution_metadata, report.metadata):
        assert kept is None or type(kept) is dict
        can_be_kept(kept)


@given(MEMBERS, st.sampled_from(["FAILED", "COMPLETED", "RUNNING", "CANCELLED", "EXPIRED", "WHAT"]), VALUES)
def test_a_report_is_kept_or_refused_as_a_whole(odd: dict[str, Any], status: str, results: Any) -> None:
    body = as_text({**odd, "status": status, "results": results}).encode()
    try:
        report = read_report(read_json(body, "GET /x"), "task-1")
    except BadAnswer as error:
        assert status == "COMPLETED"
        assert "results" in str(error)
        return
    assert report.status == status
    error = report.task_error
    can_be_kept([report.results, report.timings, report.execution_metadata, report.metadata])
    can_be_kept(None if error is None else [error.error_code, error.error_message])
    assert error is None or error.error_code is None or type(error.error_code) is int


@given(
    st.lists(
        VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "url", "active", "name"], VALUES)),
        max_size=4,
    )
)
def test_an_active_qpu_is_usable_whatever_stands_beside_it(others: list[Any]) -> None:
    others = [other for other in others if not (isinstance(other, dict) and other.get("id") == "qpu:1")]
    for items in ([GOOD, *others], [*others, GOOD]):
        listed = read_qpus(read_json(as_text({"items": items, "total": others}).encode(), "GET /admin/qpu"))
        assert QpuEntry("qpu:1", "https://one.example.org", active=True) in listed.entries
        assert listed.documents["qpu:1"] == GOOD
        can_be_kept([*listed.documents.values()])


@given(st.dictionaries(st.sampled_from(["name", "status", "feature_set"]) | st.text(max_size=5), VALUES))
def test_an_active_qpu_is_usable_whatever_is_said_of_it(odd: dict[str, Any]) -> None:
    (entry,) = read_qpus(read_json(as_text({"items": [{**odd, **GOOD}]}).encode(), "GET /admin/qpu")).entries
    assert (entry.id, entry.url, entry.active) == ("qpu:1", "https://one.example.org", True)


@pytest.mark.parametrize(
    "twin", [{"active": False}, {"active": None}, {"active": False, "url": "https://two.example.org"}, {"url": None}]
)
@pytest.mark.parametrize("first", [True, False])
def test_of_a_qpu_that_is_listed_twice_the_active_entry_counts(twin: dict[str, Any], first: bool) -> None:
    items = [{**GOOD, **twin}, GOOD] if first else [GOOD, {**GOOD, **twin}]
    assert read_qpus({"items": items}).entries == [QpuEntry("qpu:1", "https://one.example.org", active=True)]


@pytest.mark.parametrize("answer", [None, [], {"items": None}, {"items": {}}, {"items": "x"}, {"total": 3}])
def test_what_is_no_list_of_qpus_is_a_bad_answer(answer: Any) -> None:
    with pytest.raises(BadAnswer, match="the list of QPUs"):
        read_qpus(answer)


@given(VALUES)
def test_what_is_passed_on_to_the_user_can_be_kept(value: Any) -> None:
    said = read_json(as_text(value).encode(), "GET /x")
    for read in (read_kept, read_kept_list):
        try:
            can_be_kept(read(said, "something"))  # type: ignore[operator]  # two functions of one shape
        except BadAnswer as error:
            assert "something" in str(error)


@given(VALUES, st.integers(300, 599))
def test_any_refusal_has_a_name(value: Any, status: int) -> None:
    for body in (value, {"detail": value}, {"response": {"errors": value}}):
        assert str(error_from_response(status, as_text(body).encode(), "GET host/x")).startswith("GET host/x")


@pytest.mark.parametrize("depth", [DEEPEST - 1, DEEPEST, DEEPEST + 1, 900, 5000, 90_000])
def test_what_is_nested_too_deeply_hides_nothing_beside_it(depth: int) -> None:
    deep = '"]}' + '{"k":[' * (depth // 2) + "1" + "]}" * (depth // 2)
    value = decoded('{"before": "[[[\\"", "deep": ' + deep[3:] + ', "after": 2}')
    assert isinstance(value, dict)
    assert (value["before"], value["after"]) == ('[[["', 2)


def test_text_that_breaks_off_is_read_once() -> None:
    begun = '{"a": "' + '\\"' * 200_000 + "[" * 1000
    with pytest.raises(ValueError, match="Unterminated"):
        decoded(begun)
