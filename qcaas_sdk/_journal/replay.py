"""Replays the entries of a journal: the record of every job after the last entry."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from attrs import define, field, frozen

from qcaas_sdk._journal import entries as kinds
from qcaas_sdk._journal.file import Entry
from qcaas_sdk._record import JobRecord, JobRequest, JobState, JobTransition, Limits, OutputRecord, Run, states_in
from qcaas_sdk._snapshot.json_fields import Fields, JsonValue
from qcaas_sdk._snapshot.read import read_job
from qcaas_sdk._snapshot.read_parts import (
    read_labels,
    read_output,
    read_parameters,
    read_policy,
    read_progress,
    read_request,
)
from qcaas_sdk.errors import BadSnapshot


@frozen
class JournalState:
    """What a journal holds.

    Attributes:
        jobs: The record of every job, by its number.
        composites: Every composite by its number: the numbers of its children, in order.
        labels: What people call some of them, by number.
        service: The name of the service that it belongs to (`service_name`); None while it is empty.
        damage: What does not fit together, if anything; then the rest is as far as it could be followed.
        reserving: The QPUs for which ids were reserved.
        limits: The limits of those composites that have some.
        composite_names: The names of composites that have one, by number.
    """

    jobs: Mapping[int, JobRecord]
    composites: Mapping[int, Sequence[int]]
    labels: Mapping[int, str]
    service: str | None
    damage: str | None
    reserving: frozenset[str] = frozenset()
    limits: Mapping[int, Limits] = field(factory=dict)
    composite_names: Mapping[int, str] = field(factory=dict)

    @property
    def top_level(self) -> list[int]:
        """The numbers of jobs and composites that are not children, in the order of creation."""
        children = {child for listed in self.composites.values() for child in listed}
        return sorted((self.jobs.keys() | self.composites.keys()) - children)

    @property
    def last(self) -> int:
        """The highest number in it; 0 if it is empty."""
        return max([0, *self.jobs, *self.composites])

    def ended(self, number: int) -> bool:
        """Whether a job, or every job of a composite, has ended; an empty composite has not begun."""
        if number in self.jobs:
            return self.jobs[number].ended
        children = self.composites[number]
        return bool(children) and all(self.ended(child) for child in children)


def replay(entries: Sequence[Entry], file: str) -> JournalState:
    """Play entries once more.

    A job with an id that was never seen to be submitted is in doubt: the id may have been used.

    Args:
        entries: In the order in which they were written.
        file: Where they come from, for messages.
    """
    played = Replay(file)
    played.play(entries)
    return played.state()


@define
class Replay:
    """Entries played once more, as they come.

    Attributes:
        file: Where they come from, for messages.
        played: How many there were so far.
    """

    file: str
    played: int = field(default=0, init=False)
    damage: str | None = field(default=None, init=False)
    jobs: dict[int, JobRecord] = field(factory=dict)
    composites: dict[int, list[int]] = field(factory=dict)
    labels: dict[int, str] = field(factory=dict)
    names: dict[int, str] = field(factory=dict)
    service: str | None = None
    reserving: set[str] = field(factory=set)
    limits: dict[int, Limits] = field(factory=dict)

    def play(self, entries: Sequence[Entry]) -> None:
        """Play the next entries."""
        for entry in entries:
            self.played += 1
            where = f"entry {self.played}"
            try:
                self._play(entry, Fields.of(dict(entry.body), self.file, where))
            except (BadSnapshot, LookupError, ValueError) as error:
                self.damage = self.damage or f"{where} does not fit the entries before it ({error})"

    def state(self) -> JournalState:
        """What they have said so far."""
        reserving = frozenset(self.reserving)
        return JournalState(
            self.jobs,
            self.composites,
            self.labels,
            self.service,
            self.damage,
            reserving,
            self.limits,
            self.names,
        )

    def _play(self, entry: Entry, body: Fields) -> None:
        number = entry.entity_id
        if number in self.jobs:
            fits = _continue(self.jobs[number], entry.kind, body)
            if entry.kind == kinds.RESERVED:
                self.reserving.add(self.jobs[number].qpu_id)
        elif number in self.composites:
            fits = self._add(number, entry.kind, body)
        else:
            fits = self._begin(number, entry.kind, body)
        if not fits and entry.kind == kinds.LABEL and (number in self.jobs or number in self.composites):
            self.labels[number] = body.text("label")
        elif not fits:
            raise body.wrong("", f"an entry {entry.kind!r:.40} of number {number} is not possible here")

    def _begin(self, number: int, kind: str, body: Fields) -> bool:
        if number == 0 and kind == kinds.SERVICE and self.service is None:
            self.service = body.text("url")
        elif number > 0 and kind == kinds.JOB:
            self.jobs[number] = JobRecord(
                request=_request(body),
                fetch_diagnostics=bool(body.values.get("fetch_diagnostics")),
                policy=read_policy(body.object("chart"), JobState.CREATED) if "chart" in body.values else None,
                **read_labels(body),
            )
        elif number > 0 and kind == kinds.LOADED:
            self.jobs[number] = read_job(body.object("snapshot"))
        elif number > 0 and kind == kinds.COMPOSITE:
            self.composites[number] = []
            if limits := Limits.from_dict(body.values):
                self.limits[number] = limits
            if (name := body.text_or_none("name")) is not None:
                self.names[number] = name
        else:
            return False
        return True

    def _add(self, number: int, kind: str, body: Fields) -> bool:
        if kind != kinds.ADDED:
            return False
        children = body.values.get("children")
        if not isinstance(children, list):
            raise body.wrong("children", "expected a list of numbers")
        for child in children:
            if not isinstance(child, int) or (child not in self.jobs and child not in self.composites):
                raise body.wrong("children", f"there is no job {child!r:.40}")
            if child in self.composites[number] or number in self._within(child):
                raise body.wrong("children", f"{child} is already in it, or it in {child}")
            self.composites[number].append(child)
        return True

    def _within(self, number: int) -> set[int]:
        """The number of a job, or those of a composite and all that is in it."""
        return {number}.union(*(self._within(child) for child in self.composites.get(number, ())))


def _continue(job: JobRecord, kind: str, body: Fields) -> bool:
    """Do to a job what an entry says; False if it says nothing of a job."""
    if kind == kinds.MOVED:
        _move(job, body)
        return True
    if kind == kinds.PLACE and job.policy is not None:
        read_progress(job.policy, body)
        return True
    if kind not in {kinds.REQUEST, kinds.RESERVED, kinds.UNRESERVED}:
        return False
    if job.state is not JobState.CREATED:
        raise ValueError(f"the job was {job.state}")
    if kind == kinds.REQUEST:
        if job.task_id is not None or body.flag("unsent"):  # one in doubt is never replaced
            job.run.in_doubt = False
        job.reconfigure(_request(body))
        return True
    run = job.run
    if kind == kinds.RESERVED:
        run.task_id = body.text("task_id")
        run.cancel_asked, run.sent_at = body.flag("cancel_asked"), body.moment_or_none("sent_at")
    run.in_doubt = True
    run.qpu_url = body.text_or_none("qpu_url") or run.qpu_url
    return True


def _move(job: JobRecord, body: Fields) -> None:
    source, target = JobState(body.text("source")), JobState(body.text("target"))
    trigger, at = body.text("trigger"), body.moment_or_none("at")
    if source is not job.state or at is None:
        raise body.wrong("source", f"the job was {job.state}")
    if (source in states_in("ended")) != (trigger == "reset"):
        raise body.wrong("trigger", f"this is not a trigger of the state {source}")
    transition = JobTransition(source, target, trigger, body.text("why"), at, 0.0)
    if source not in states_in("ended"):
        run = Run(
            body.text_or_none("task_id") or job.task_id,
            qpu_url=job.run.qpu_url,
            server_status=body.text_or_none("server_status"),
            elsewhere=job.run.elsewhere,
            timings=body.object_or_none("timings"),
            sent_at=_sent_at(body.object_or_none("usage")),
        )
        if run.task_id is None and target in {*states_in("active"), JobState.COMPLETED}:
            raise body.wrong("task_id", f"this is missing, but the job is {target} now")
        output = None
        if target in {JobState.COMPLETED, JobState.FAILED}:
            output = _output(job.request, run.task_id, body.object("output"), completed=target is JobState.COMPLETED)
            run.timings, run.metrics, run.metadata = output.timings, output.metrics, output.metadata
        job.run = run
        if output is not None:
            job.keep_output(output)
    job.apply(transition)


def _sent_at(usage: Mapping[str, JsonValue] | None) -> datetime | None:
    """When a run was sent that has ended, if its end says so."""
    at = None if usage is None else usage.get("at")
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None


def _output(request: JobRequest, task_id: str | None, body: Fields, *, completed: bool) -> OutputRecord:
    output = read_output(
        body,
        qpu_id=request.qpu_id,
        task_id=task_id,
        program=request.program,
        compiler_config=request.config,
        parameters=request.parameters,
    )
    if output.is_error is completed:
        raise body.wrong("kind", "this is not the output of such an end")
    return output


def _request(body: Fields) -> JobRequest:
    """What a job submits. Earlier versions wrote down any tag that they were given: that must not cost a journal."""
    tag = body.values.get("tag")
    text = None if tag is None else str(tag).encode(errors="replace").decode()
    fields = Fields({**body.values, "tag": text}, body.file, body.where)
    return read_request(fields, parameters=read_parameters(body))
