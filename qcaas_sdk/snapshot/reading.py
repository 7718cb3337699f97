"""From JSON to what a snapshot tells: every field checked, and the fields against each other."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from qcaas_sdk.errors import InvalidProgram
from qcaas_sdk.job_state import ACTIVE, JobState, Run
from qcaas_sdk.outputs import JobError, JobOutput, JobResult
from qcaas_sdk.program import Request
from qcaas_sdk.snapshot.configs import config_of
from qcaas_sdk.snapshot.migrations import migrated_composite, migrated_job
from qcaas_sdk.snapshot.model import Move, SavedComposite, SavedJob, Shape
from qcaas_sdk.snapshot.values import Fields, JsonValue, digest
from qcaas_sdk.snapshot.writing import OURS, SCHEMA_VERSION

_WITH_OUTPUT = {JobState.COMPLETED: "result", JobState.FAILED: "error"}

_OUR_KEYS = {"version", "in_doubt", "cancel_asked", "server_status", "qpu_url", "moves", "shape", "digest"}


def read_snapshot(value: JsonValue, file: str) -> SavedJob | SavedComposite:
    """Whatever a snapshot is of.

    Args:
        value: Parsed JSON.
        file: Where it is from, for messages.

    Raises:
        BadSnapshot: It is none, damaged, or from a newer version; the error says where.
    """
    fields = Fields.of(value, file)
    _check_version(fields)
    match fields.text("snapshot_kind"):
        case "job":
            saved: SavedJob | SavedComposite = read_job(fields)
        case "composite":
            saved = read_composite(fields)
        case kind:
            raise fields.wrong("snapshot_kind", f"expected 'job' or 'composite', not {kind!r:.60}")
    _check_digest(fields)
    return saved


def read_job(fields: Fields) -> SavedJob:
    """A job.

    Raises:
        BadSnapshot: As `read_snapshot`.
    """
    fields = migrated_job(fields)
    fields.require("state", "task_id", "result", "error", "history", "config_json", "config_type", "tag")
    fields.require("hybrid_marker", "timings", "metrics", "metadata", "fetch_diagnostics")
    fields.flag("raise_on_error")
    ours = fields.object(OURS)
    ours.require("in_doubt", "cancel_asked", "server_status", "moves")
    state = _state(fields, "state")
    request = _request(fields)
    run = Run(
        task_id=_task_id(fields),
        in_doubt=ours.flag("in_doubt"),
        cancel_asked=ours.flag("cancel_asked"),
        server_status=ours.text_or_none("server_status"),
        qpu_url=ours.text_or_none("qpu_url"),
        timings=fields.object_or_none("timings"),
        metrics=fields.object_or_none("metrics"),
        metadata=fields.object_or_none("metadata"),
    )
    if state is JobState.CREATED and run.task_id is not None:
        run.in_doubt = True  # after it was saved, it may have been submitted
    if state in {JobState.COMPLETED, *ACTIVE} and run.task_id is None:
        raise fields.wrong("task_id", f"this is missing, but the state is {state}")
    items = fields.objects("history")
    _check_output(fields, state, items)
    history = [_output(item, request if state in _WITH_OUTPUT and item is items[-1] else None) for item in items]
    if state in _WITH_OUTPUT:
        run.output = history[-1]
        if run.output.task_id not in {run.task_id, None}:
            raise items[-1].wrong("task_id", f"the job's is {run.task_id}")
    moves = _moves(ours)
    _check_moves(ours, moves, state, history)
    return SavedJob(
        request=request,
        fetch_diagnostics=fields.flag("fetch_diagnostics"),
        state=state,
        run=run,
        history=tuple(history),
        moves=moves,
    )


def read_composite(fields: Fields) -> SavedComposite:
    """A composite.

    Raises:
        BadSnapshot: As `read_snapshot`.
    """
    fields = migrated_composite(fields)
    fields.require("jobs")
    ours = fields.object(OURS)
    ours.require("shape", "moves")
    jobs = fields.objects("jobs")
    for job in jobs:
        if "schema_version" in job.values:
            _check_version(job)
        if job.values.get("snapshot_kind", "job") != "job":
            raise job.wrong("snapshot_kind", "expected 'job'")
    shape = _shape(ours.values["shape"], len(jobs), ours)
    if [*dict.fromkeys(_places(shape))] != [*range(len(jobs))]:
        raise ours.wrong("shape", f"expected the places of all {len(jobs)} jobs, in order")
    return SavedComposite(jobs=tuple(read_job(job) for job in jobs), shape=shape, moves=_moves(ours))


def _check_version(fields: Fields) -> None:
    said = fields.text("schema_version")
    if said == SCHEMA_VERSION:
        return
    is_newer = said.isdecimal() and said.lstrip("0") not in {"", SCHEMA_VERSION}
    hint = (
        "it was written by a newer version: upgrade qcaas-sdk to load it" if is_newer else "there is no such version"
    )
    raise fields.wrong("schema_version", f"expected {SCHEMA_VERSION!r}, not {said!r:.60}; {hint}")


def _check_digest(fields: Fields) -> None:
    if OURS not in fields.values:
        for key, value in fields.values.items():
            if isinstance(value, dict) and value.keys() >= {"version", "moves"}:
                raise fields.wrong(key, f"this looks like {OURS!r} under another name: the file was damaged")
        return
    ours = fields.object(OURS)
    if unknown := sorted(ours.values.keys() - _OUR_KEYS):
        raise ours.wrong(unknown[0], "there is no such field: the file was damaged")
    if "digest" not in ours.values:
        return
    rest = {key: value for key, value in ours.values.items() if key != "digest"}
    if ours.text("digest") != digest({**fields.values, OURS: rest}):
        raise ours.wrong(
            "digest",
            "the content is not what was saved: the file was damaged, or edited. Take a copy that is whole; if the "
            "change was meant, remove this field",
        )


def _check_output(fields: Fields, state: JobState, history: list[Fields]) -> None:
    """Result and error are there if and only if the state says so, and end the history."""
    for owner, name in _WITH_OUTPUT.items():
        output = fields.object_or_none(name)
        if (output is None) == (state is owner):
            found = "is missing" if output is None else "is there"
            raise fields.wrong(name, f"this {found}, but the state is {state}")
        if output is None:
            continue
        if fields.object(name).text("kind") != name:
            raise fields.wrong(f"{name}.kind", f"expected {name!r}")
        if not history or digest(history[-1].values) != digest(output):
            raise fields.wrong("history", f"expected it to end with the job's {name}")


def _check_moves(ours: Fields, moves: tuple[Move, ...], state: JobState, history: list[JobOutput]) -> None:
    if moves and moves[-1].target is not state:
        raise ours.wrong("moves", f"expected them to end in the job's state, {state}, not {moves[-1].target}")
    ends = [move.target is JobState.FAILED for move in moves if move.target in _WITH_OUTPUT]
    known = history[len(history) - len(ends) :] if len(ends) <= len(history) else []
    if [output.is_error for output in known] != ends:
        raise ours.wrong("moves", "they tell of other ends than the job's history")


def _moves(ours: Fields) -> tuple[Move, ...]:
    moves = tuple(_move(move) for move in ours.objects("moves"))
    for place, (one, following) in enumerate(pairwise(moves), 1):
        if one.target is not following.source:
            raise ours.wrong(f"moves[{place}].source", f"expected {one.target}, where the move before has led")
    return moves


def _move(fields: Fields) -> Move:
    at = fields.moment_or_none("at")
    if at is None:
        raise fields.wrong("at", "this is missing")
    return Move(
        source=_state(fields, "source"),
        target=_state(fields, "target"),
        trigger=fields.text("trigger"),
        why=fields.text("why"),
        at=at,
        monotonic_s=fields.seconds("monotonic_s"),
    )


def _state(fields: Fields, key: str) -> JobState:
    said = fields.text(key)
    if said not in JobState.__members__:
        raise fields.wrong(key, f"expected one of {', '.join(JobState)}, not {said!r:.60}")
    return JobState(said)


def _task_id(fields: Fields) -> str | None:
    said = fields.sendable_or_none("task_id")
    if said == "":
        raise fields.wrong("task_id", "expected an id or null, not an empty text")
    return said


def _request(fields: Fields) -> Request:
    config, tag, marker = config_of(fields), *map(fields.sendable_or_none, ("tag", "hybrid_marker"))
    fields.sendable_or_none("qpu_id")
    try:
        return Request(fields.text("program"), fields.text("qpu_id"), config, tag, marker)
    except InvalidProgram as error:
        raise fields.wrong("program", str(error)) from None


def _output(fields: Fields, of_job: Request | None) -> JobOutput:
    """An output of a run; that of the current one (`of_job`) may leave program and QPU to the job."""
    about: dict[str, Any] = {
        name: getattr(of_job, name) if of_job is not None and fields.values.get(name) is None else fields.text(name)
        for name in ("program", "qpu_id")
    } | {
        "task_id": _task_id(fields),
        "received": fields.moment_or_none("received"),
        "compiler_config": config_of(fields),
        "timings": fields.object_or_none("timings"),
        "metrics": fields.object_or_none("metrics"),
        "metadata": fields.object_or_none("metadata"),
    }
    match fields.text("kind"):
        case "result":
            fields.require("data")
            return JobResult(data=fields.values["data"], **about)
        case "error":
            code, message = fields.number_or_none("error_code"), fields.text_or_none("error_message")
            return JobError(error_code=code, error_message=message or "", **about)
        case kind:
            raise fields.wrong("kind", f"expected 'result' or 'error', not {kind!r:.60}")


def _shape(value: JsonValue, jobs: int, ours: Fields) -> Shape:
    if not isinstance(value, list):
        raise ours.wrong("shape", "expected a list of places of jobs, and of such lists")
    children: list[int | Shape] = []
    for child in value:
        if type(child) is not int:
            children.append(_shape(child, jobs, ours))
        elif 0 <= child < jobs and child not in children:
            children.append(child)
        else:
            raise ours.wrong("shape", f"{child} is no job's place among {jobs}, or stands there twice")
    return tuple(children)


def _places(shape: Shape) -> Iterator[int]:
    for child in shape:
        if isinstance(child, tuple):
            yield from _places(child)
        else:
            yield child
