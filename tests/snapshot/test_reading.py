"""What a snapshot may say; everything else is refused with the place and what was expected there."""

import copy
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import BadSnapshot, CompositeJob, Job, JobState, OqcSdk, UnknownQpu
from qcaas_sdk.job import record_of_job
from tests.snapshot.examples import examples

pytestmark = pytest.mark.slow

Snapshot = dict[str, Any]


@asynccontextmanager
async def snapshots() -> AsyncIterator[tuple[OqcSdk, dict[str, Snapshot]]]:
    async with examples() as (sdk, _, whole):
        yield sdk, {name: job.to_snapshot() for name, job in whole.items()}


def with_value(path: str, value: Any) -> Callable[[Snapshot], None]:
    def change(snapshot: Snapshot) -> None:
        holder, key = _holder(snapshot, path)
        holder[key] = value

    return change


def without(path: str) -> Callable[[Snapshot], None]:
    def change(snapshot: Snapshot) -> None:
        holder, key = _holder(snapshot, path)
        del holder[key]

    return change


def _holder(snapshot: Snapshot, path: str) -> tuple[Any, Any]:
    keys = [int(place) if place else key for place, key in re.findall(r"\[(\d+)\]|([^.\[]+)", path)]
    holder: Any = snapshot
    for key in keys[:-1]:
        holder = holder[key]
    return holder, keys[-1]


def wrongs() -> Iterator[tuple[str, Callable[[Snapshot], None], str, str]]:
    """Which example, what is done to it, the place named, and what is said."""
    yield "completed", with_value("state", "DONE"), "state", "expected one of CREATED, SUBMITTED, RUNNING"
    yield "completed", with_value("state", None), "state", "expected a text, not null"
    yield "completed", with_value("state", "CANCELLED"), "result", "this is there, but the state is CANCELLED"
    yield "completed", with_value("result", None), "result", "this is missing, but the state is COMPLETED"
    yield "failed", with_value("error", None), "error", "this is missing, but the state is FAILED"
    yield "failed", with_value("state", "RUNNING"), "error", "this is there, but the state is RUNNING"
    yield "completed", with_value("task_id", None), "task_id", "this is missing, but the state is COMPLETED"
    yield "submitted", with_value("task_id", None), "task_id", "this is missing, but the state is SUBMITTED"
    yield "running", with_value("task_id", ""), "task_id", "not an empty text"
    yield "running", with_value("task_id", 5), "task_id", "expected a text, not 5"
    yield "completed", with_value("task_id", "another"), "history[0].task_id", "the job's is another"
    yield "completed", with_value("history", []), "history", "expected it to end with the job's result"
    yield "completed", with_value("result.data", {}), "history", "expected it to end with the job's result"
    yield "completed", with_value("result.kind", "error"), "result.kind", "expected 'result'"
    yield "three runs", with_value("history[1].kind", "success"), "history[1].kind", "expected 'result' or 'error'"
    yield "three runs", without("history[0].data"), "history[0].data", "this is missing"
    yield "three runs", without("history[0].program"), "history[0].program", "this is missing"
    yield (
        "three runs",
        with_value("history[0].received", "yesterday"),
        "history[0].received",
        "expected a time such as 2026",
    )
    yield (
        "three runs",
        with_value("history[0].received", "0001-01-01T00:00:00+14:00"),
        "history[0].received",
        "a time",
    )
    yield "three runs", with_value("history[1].error_code", "7"), "history[1].error_code", "a whole number, not '7'"
    yield "three runs", with_value("history[1].error_code", True), "history[1].error_code", "a whole number, not True"
    yield "three runs", with_value("history", {}), "history", "expected a list, not an object"
    yield "three runs", with_value("history[1]", None), "history[1]", "expected an object, not null"
    yield "completed", with_value("timings", []), "timings", "expected an object, not a list"
    yield "completed", with_value("fetch_diagnostics", 1), "fetch_diagnostics", "expected true or false, not 1"
    yield "completed", with_value("program", " "), "program", "the program is empty"
    yield "completed", with_value("program", "\ud800"), "program", "has a character that cannot be encoded"
    yield "completed", without("qpu_id"), "qpu_id", "this is missing"
    yield "completed", without("tag"), "tag", "this is missing"
    yield "completed", with_value("schema_version", "2"), "schema_version", "a newer version wrote it: upgrade"
    yield "completed", with_value("schema_version", "one"), "schema_version", "there is no such version"
    yield "completed", with_value("schema_version", 1), "schema_version", "expected a text, not 1"
    yield "completed", without("schema_version"), "schema_version", "this is missing"
    yield "completed", with_value("snapshot_kind", "journal"), "snapshot_kind", "expected 'job' or 'composite'"
    yield "completed", without("snapshot_kind"), "snapshot_kind", "this is missing"
    yield (
        "completed",
        with_value("qcaas_sdk.version", 2),
        "qcaas_sdk.version",
        "2 is newer than 1, the newest that this version can read: upgrade",
    )
    yield "completed", with_value("qcaas_sdk.version", 0), "qcaas_sdk.version", "expected a whole number from 1"
    yield "completed", with_value("qcaas_sdk.version", True), "qcaas_sdk.version", "expected a whole number, not True"
    yield "completed", with_value("qcaas_sdk", None), "qcaas_sdk", "expected an object, not null"
    yield "in doubt", without("qcaas_sdk.in_doubt"), "qcaas_sdk.in_doubt", "this is missing"
    yield "running", with_value("qcaas_sdk.server_status", 1), "qcaas_sdk.server_status", "expected a text, not 1"
    yield "running", with_value("state", "SUBMITTED"), "qcaas_sdk.moves", "expected them to end in the job's state"
    yield "running", without("qcaas_sdk.moves[0].at"), "qcaas_sdk.moves[0].at", "this is missing"
    yield "running", with_value("qcaas_sdk.moves[0].monotonic_s", "1"), "qcaas_sdk.moves[0].monotonic_s", "a number"
    yield (
        "running",
        with_value("qcaas_sdk.moves[0].monotonic_s", 10**400),
        "qcaas_sdk.moves[0].monotonic_s",
        "too large",
    )
    yield "running", with_value("qcaas_sdk.moves[1].source", "CREATED"), "qcaas_sdk.moves[1].source", "expected SUBM"
    yield "three runs", without("history[0]"), "qcaas_sdk.moves", "they do not match the job's history"
    yield "nested", with_value("jobs[3].state", "DONE"), "jobs[3].state", "expected one of CREATED, SUBMITTED"
    yield "nested", with_value("jobs[0].history[2].data.c.00", float("nan")), "jobs[0].history[2].data.c.00", "finite"
    yield "nested", with_value("jobs[1].snapshot_kind", "composite"), "jobs[1].snapshot_kind", "expected 'job'"
    yield "nested", with_value("jobs[1].schema_version", "2"), "jobs[1].schema_version", "a newer version wrote it"
    yield "nested", without("jobs[3]"), "qcaas_sdk.shape", "3 is not the place of one of 3 jobs"
    yield "nested", with_value("qcaas_sdk.shape", [0, 1, 2]), "qcaas_sdk.shape", "the places of all 4 jobs, in order"
    yield "nested", with_value("qcaas_sdk.shape", [1, 0, 2, 3]), "qcaas_sdk.shape", "in order"
    yield "nested", with_value("qcaas_sdk.shape", [0, 1, 2, 3, 3]), "qcaas_sdk.shape", "or occurs twice"
    yield "nested", with_value("qcaas_sdk.shape", [0, 1, 2, True]), "qcaas_sdk.shape", "expected a list of places"
    yield "nested", without("jobs"), "jobs", "this is missing"
    yield "composite", with_value("qcaas_sdk.moves", []), "", ""
    yield "composite", with_value("qcaas_sdk.moves[0].target", "FAILED"), "qcaas_sdk.moves", "expected them to end in"


@pytest.mark.parametrize(("name", "change", "where", "reason"), [*wrongs()])
async def test_what_is_refused(name: str, change: Callable[[Snapshot], None], where: str, reason: str) -> None:
    async with snapshots() as (sdk, whole):
        snapshot = copy.deepcopy(whole[name])
        change(snapshot)
        if not where:
            sdk.from_snapshot(snapshot)
            return
        with pytest.raises(BadSnapshot) as caught:
            sdk.from_snapshot(snapshot)
        assert caught.value.where == where
        assert reason in caught.value.reason
        assert str(caught.value) == f"the snapshot: {where}: {caught.value.reason}"


@pytest.mark.parametrize("path", ["job.json", Path("job.json")])
async def test_the_path_of_a_snapshot_is_pointed_to_load(path: Any) -> None:
    async with snapshots() as (sdk, _):
        with pytest.raises(BadSnapshot, match=r"^the snapshot: .*sdk\.load\(…\) reads a file$"):
            sdk.from_snapshot(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"line 1, column 1: this is not valid JSON"),
        ('{"state": "CRE', r"line 1, column 11: this is not valid JSON .*complete\?"),
        ("[]", "expected an object, not a list"),
        ("null", "expected an object, not null"),
        ('{"a": {"b": [{"c": 1, "c": 1}]}}', r"a\.b\[0\]: the key 'c' occurs twice"),
        ('{"a": NaN}', "a: a number that is not finite"),
        ('{"a": -Infinity}', "a: a number that is not finite"),
        ('{"a": 1e999}', "a: a number that is not finite"),
        ('{"a": ' + "9" * 5000 + "}", "this is not a snapshot: .*digits"),
        ('{"a": ' + "9" * 2000 + "}", "a: a number that is not finite, or too large"),
        ("[" * 200 + "]" * 200, r"\[0\]\[0\].*…: this is nested more than 150 levels deep"),
        ('{"a":' * 100_000, "this is not a snapshot: it is nested too deeply"),
    ],
)
async def test_what_is_no_snapshot_at_all(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "job.json"
    file.write_text(text)
    async with snapshots() as (sdk, _):
        with pytest.raises(BadSnapshot, match=rf"job\.json: {said}") as caught:
            sdk.load(file)
    assert caught.value.file == str(file)


@pytest.mark.parametrize("strange", [{1: 2}, {"a": object()}, {"a": {1, 2}}, {"a": b"bytes"}])
async def test_a_dict_that_is_no_json(strange: Any) -> None:
    async with snapshots() as (sdk, whole):
        with pytest.raises(BadSnapshot):
            sdk.from_snapshot({**whole["created"], "timings": strange})


async def test_what_json_cannot_hold_is_said_when_it_is_saved(tmp_path: Path) -> None:
    async with examples() as (_, _, whole):
        job = whole["completed"]
        job.outputs.one.data["c"]["00"] = float("inf")
        with pytest.raises(BadSnapshot, match=r"result\.data\.c\.00: a number that is not finite"):
            job.save(tmp_path / "job.json")
        assert list(tmp_path.iterdir()) == []


async def test_a_change_that_makes_sense_is_found_by_the_digest(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    async with examples() as (sdk, _, whole):
        whole["completed"].save(file)
        value = json.loads(file.read_text())
        file.write_text(json.dumps(value))
        assert sdk.load(file).outputs == whole["completed"].outputs, "white space does not matter"
        for output in (value["result"], value["history"][0]):
            output["data"]["c"]["00"] = 6
        file.write_text(json.dumps(value))
        with pytest.raises(BadSnapshot, match=r"qcaas_sdk\.digest: .*if you edited it on purpose, remove this field"):
            sdk.load(file)
        del value["qcaas_sdk"]["digest"]
        file.write_text(json.dumps(value))
        loaded = sdk.load(file)
        assert isinstance(loaded, Job)
        assert loaded.outputs.one.counts() == {"00": 6, "11": 5}


async def test_a_qpu_that_is_not_there_is_found_out_by_use() -> None:
    async with snapshots() as (sdk, whole):
        ended = sdk.from_snapshot({**whole["cancelled"], "qpu_id": "qpu:of:old"})
        assert ended.state is JobState.CANCELLED
        running = sdk.from_snapshot({**whole["running"], "qpu_id": "qpu:of:old"})
        assert record_of_job(running).run.qpu_url is not None
        await running.refresh()  # its own address is known
        unknown = {**whole["running"], "qpu_id": "qpu:older", "qcaas_sdk": {**whole["running"]["qcaas_sdk"]}}
        del unknown["qcaas_sdk"]["qpu_url"]
        lost = sdk.from_snapshot(unknown)
        with pytest.raises(UnknownQpu, match="qpu:older"):
            await lost.refresh()


# As the published SDK writes them.


def foreign(snapshot: Snapshot, **changes: Any) -> Snapshot:
    plain = {key: value for key, value in copy.deepcopy(snapshot).items() if key != "qcaas_sdk"}
    return plain | changes


async def load_foreign(name: str, **changes: Any) -> Job:
    async with snapshots() as (sdk, whole):
        job = sdk.from_snapshot(foreign(whole[name], **changes))
        assert isinstance(job, Job)
        return job


@pytest.mark.parametrize(
    "name",
    ["created", "in doubt", "submitted", "running", "completed", "failed", "cancelled", "three runs", "refused"],
)
async def test_a_job_without_our_fields(name: str) -> None:
    async with snapshots() as (sdk, whole):
        job = sdk.from_snapshot(foreign(whole[name]))
        assert foreign(job.to_snapshot()) == foreign(whole[name])
        assert isinstance(job, Job)
        assert job.transitions == ()
        again = job.to_snapshot()
        assert sdk.from_snapshot(again).to_snapshot() == again


async def test_what_may_be_left_out_there() -> None:
    async with snapshots() as (sdk, _):
        job = sdk.from_snapshot(
            {"schema_version": "1", "snapshot_kind": "job", "program": "A", "qpu_id": "qpu:fake:1"}
        )
        assert (job.state, job.history.all()) == (JobState.CREATED, [])
        composite = sdk.from_snapshot({"schema_version": "1", "snapshot_kind": "composite"})
        assert isinstance(composite, CompositeJob)
        assert len(composite) == 0
        children = [{"program": "A", "qpu_id": "q"}, {"program": "B", "qpu_id": "q", "state": "CANCELLED"}]
        composite = sdk.from_snapshot({"schema_version": "1", "snapshot_kind": "composite", "jobs": children})
        assert isinstance(composite, CompositeJob)
        assert [job.state for job in composite] == [JobState.CREATED, JobState.CANCELLED]
        assert composite.state is JobState.RUNNING


async def test_an_output_without_program_and_qpu_has_the_jobs() -> None:
    async with snapshots() as (sdk, whole):
        output = {"kind": "result", "data": {"c": {"0": 1}}}
        job = sdk.from_snapshot(foreign(whole["completed"], result=output, history=[output]))
        assert isinstance(job, Job)
        assert (job.outputs.one.program, job.outputs.one.qpu_id) == (job.program, job.qpu_id)


async def test_a_result_without_history_is_its_end() -> None:
    async with snapshots() as (sdk, whole):
        snapshot = foreign(whole["completed"])
        del snapshot["history"]
        job = sdk.from_snapshot(snapshot)
        assert isinstance(job, Job)
        assert job.result is job.history.one


@pytest.mark.parametrize(("state", "task_id"), [("CREATED", None), ("SUBMITTED", "t"), ("CANCELLED", "t")])
async def test_there_a_job_that_was_set_up_anew_or_cancelled_keeps_its_last_output(
    state: str, task_id: str | None
) -> None:
    job = await load_foreign("completed", state=state, task_id=task_id)
    assert (job.state, job.result) == (state, None)
    assert job.history.one.ok


async def test_there_a_refused_submission_keeps_the_result_of_the_run_before() -> None:
    async with snapshots() as (sdk, whole):
        done, refused = whole["completed"], whole["refused"]
        history = [*done["history"], *refused["history"]]
        job = sdk.from_snapshot(foreign(refused, result=done["result"], history=history))
        assert isinstance(job, Job)
        assert (job.result, job.error) == (None, job.history.last)


async def test_a_result_that_is_nowhere_in_history_is_a_contradiction() -> None:
    with pytest.raises(BadSnapshot, match="result: this is there, but the state is RUNNING"):
        await load_foreign("completed", state="RUNNING", history=[])


async def test_a_time_without_a_zone_is_local() -> None:
    async with snapshots() as (sdk, whole):
        output = whole["completed"]["result"] | {"received": "2026-01-31T12:00:00.5"}
        job = sdk.from_snapshot(foreign(whole["completed"], result=output, history=[output]))
        received = job.outputs.one.received
        assert received.utcoffset().total_seconds() == 0
        assert received.astimezone().replace(tzinfo=None).isoformat() == "2026-01-31T12:00:00.500000"


@pytest.mark.parametrize("key", ["tag", "qpu_id", "hybrid_marker", "task_id", "program"])
async def test_what_could_not_be_sent_is_no_snapshot(key: str) -> None:
    async with snapshots() as (sdk, whole):
        with pytest.raises(BadSnapshot, match=key):
            sdk.from_snapshot({**whole["created"], key: "OPENQASM 2.0;\ud800"})
