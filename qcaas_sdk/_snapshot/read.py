"""Reads snapshots from JSON: checks every field, and that the fields are consistent."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, repeat
from typing import Any

from qcaas_sdk._record import (
    UNLIMITED,
    ChildRecord,
    CompositeRecord,
    JobRecord,
    JobRequest,
    JobState,
    JobTransition,
    Limits,
    OutputRecord,
    Run,
    states_in,
)
from qcaas_sdk._snapshot.config_codec import config_of
from qcaas_sdk._snapshot.json_fields import Fields, JsonValue, digest
from qcaas_sdk._snapshot.migrations import migrated_composite, migrated_job
from qcaas_sdk._snapshot.read_parts import (
    read_labels,
    read_output,
    read_parameters,
    read_policy,
    read_progress,
    read_request,
)
from qcaas_sdk._snapshot.write import OURS, SCHEMA_VERSION
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.statechart import place

_WITH_OUTPUT = {JobState.COMPLETED: "result", JobState.FAILED: "error"}

_OUR_KEYS = {
    *("version", "in_doubt", "cancel_asked", "server_status", "qpu_url", "moves", "shape", "digest", "chart"),
    *("attached", "program_unknown", "name", "user_metadata", "parameters", "limits"),
}


def read_snapshot(value: JsonValue, file: str) -> JobRecord | CompositeRecord:
    """The job or composite of a snapshot.

    Args:
        value: Parsed JSON.
        file: The file's name, for messages.

    Raises:
        BadSnapshot: It is not a snapshot, damaged, or from a newer version; the error says where.
    """
    fields = Fields.of(value, file)
    _check_version(fields)
    match fields.text("snapshot_kind"):
        case "job":
            record: JobRecord | CompositeRecord = read_job(fields)
        case "composite":
            record = read_composite(fields)
        case kind:
            raise fields.wrong("snapshot_kind", f"expected 'job' or 'composite', not {kind!r:.60}")
    _check_digest(fields)
    return record


def read_job(fields: Fields) -> JobRecord:
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
    request = read_request(fields, known=not ours.flag("program_unknown"), parameters=read_parameters(ours))
    run = Run(
        task_id=_task_id(fields),
        attached=ours.flag("attached"),
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
    if state in {JobState.COMPLETED, *states_in("active")} and run.task_id is None:
        raise fields.wrong("task_id", f"this is missing, but the state is {state}")
    items = fields.objects("history")
    _check_output(fields, state, items)
    history = [_output(item, request if state in _WITH_OUTPUT and item is items[-1] else None) for item in items]
    if state in _WITH_OUTPUT:
        run.output = history[-1]
        if run.output.task_id not in {run.task_id, None}:
            raise items[-1].wrong("task_id", f"the job's is {run.task_id}")
    transitions = _transitions(ours)
    _check_transitions(ours, transitions, state, history)
    chart = ours.object("chart") if "chart" in ours.values else None
    policy = None if chart is None else read_policy(chart, state)
    job = JobRecord(
        request=request, fetch_diagnostics=fields.flag("fetch_diagnostics"), policy=policy, **read_labels(ours)
    )
    for transition in transitions:
        job.apply(transition)
    job.history.extend(history)
    job.run = run
    run.elsewhere, job.past = state is not JobState.CREATED or run.attached, ()
    place(job, state)
    if chart is not None and policy is not None:
        policy.place = state.lower()
        read_progress(policy, chart)
    return job


def read_composite(fields: Fields) -> CompositeRecord:
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
    records = [read_job(job) for job in jobs]
    limits = _limits(ours) if "limits" in ours.values else None
    composite = _composite(ours.values["shape"], records, ours, repeat(UNLIMITED) if limits is None else iter(limits))
    if limits is not None and len(limits) != len([*composite.composites()]):
        raise ours.wrong("limits", "expected those of each composite")
    composite.name = ours.text_or_none("name")
    if [*dict.fromkeys(composite.leaves())] != records:
        raise ours.wrong("shape", f"expected the places of all {len(jobs)} jobs, in order")
    transitions = _transitions(ours)
    if transitions and transitions[-1].target is not composite.state:
        raise ours.wrong("moves", f"expected them to end in {composite.state}, which the jobs make of it")
    composite.transitions.extend(transitions)
    return composite


def _check_version(fields: Fields) -> None:
    said = fields.text("schema_version")
    if said == SCHEMA_VERSION:
        return
    is_newer = said.isdecimal() and said.lstrip("0") not in {"", SCHEMA_VERSION}
    hint = "a newer version wrote it: upgrade qcaas-sdk to load it" if is_newer else "there is no such version"
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
            "the content is not what was saved: the file was damaged or edited. Use an undamaged copy; if you edited "
            "it on purpose, remove this field",
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


def _check_transitions(
    ours: Fields, transitions: Sequence[JobTransition], state: JobState, history: Sequence[OutputRecord]
) -> None:
    if transitions and transitions[-1].target is not state:
        raise ours.wrong("moves", f"expected them to end in the job's state, {state}, not {transitions[-1].target}")
    ends = [transition.target is JobState.FAILED for transition in transitions if transition.target in _WITH_OUTPUT]
    known = history[len(history) - len(ends) :] if len(ends) <= len(history) else []
    if [output.is_error for output in known] != ends:
        raise ours.wrong("moves", "they do not match the job's history")


def _transitions(ours: Fields) -> list[JobTransition]:
    transitions = [_transition(move) for move in ours.objects("moves")]
    for place_in, (one, following) in enumerate(pairwise(transitions), 1):
        if one.target is not following.source:
            raise ours.wrong(f"moves[{place_in}].source", f"expected {one.target}, the target of the one before")
    return transitions


def _transition(fields: Fields) -> JobTransition:
    at = fields.moment_or_none("at")
    if at is None:
        raise fields.wrong("at", "this is missing")
    return JobTransition(
        source=_state(fields, "source"),
        target=_state(fields, "target"),
        trigger=fields.text("trigger"),
        reason=fields.text("why"),
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


def _output(fields: Fields, of_job: JobRequest | None) -> OutputRecord:
    """An output of a run; that of the current one (`of_job`) may leave program and QPU to the job."""
    about: dict[str, Any] = {
        name: getattr(of_job, name) if of_job is not None and fields.values.get(name) is None else fields.text(name)
        for name in ("program", "qpu_id")
    }
    return read_output(fields, **about, task_id=_task_id(fields), compiler_config=config_of(fields))


def _limits(ours: Fields) -> list[Limits]:
    """The limits of a composite and of those in it, in the order in which they begin in the shape."""
    try:
        return [Limits.from_dict(one.values) for one in ours.objects("limits")]
    except InvalidArgument as error:
        raise ours.wrong("limits", str(error)) from None


def _composite(
    shape: JsonValue, jobs: Sequence[JobRecord], ours: Fields, limits: Iterator[Limits]
) -> CompositeRecord:
    if not isinstance(shape, list):
        raise ours.wrong("shape", "expected a list of places of jobs, and of such lists")
    own = next(limits, UNLIMITED)
    children: list[ChildRecord] = []
    taken: set[int] = set()
    for child in shape:
        if type(child) is not int:
            children.append(_composite(child, jobs, ours, limits))
        elif 0 <= child < len(jobs) and child not in taken:
            taken.add(child)
            children.append(jobs[child])
        else:
            raise ours.wrong("shape", f"{child} is not the place of one of {len(jobs)} jobs, or occurs twice")
    return CompositeRecord.of(children, own)
