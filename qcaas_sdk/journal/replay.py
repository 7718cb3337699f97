"""A journal's entries, played once more: where every job and composite stood when it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from qcaas_sdk.errors import BadSnapshot
from qcaas_sdk.job_state import ACTIVE, ENDED, JobState, Run
from qcaas_sdk.journal import pages
from qcaas_sdk.journal.file import Entry
from qcaas_sdk.outputs import JobError, JobOutput, JobResult
from qcaas_sdk.program import Request
from qcaas_sdk.snapshot.configs import config_of
from qcaas_sdk.snapshot.model import Move, SavedJob
from qcaas_sdk.snapshot.reading import read_job
from qcaas_sdk.snapshot.values import Fields, JsonValue


@frozen
class Kept:
    """What a journal holds.

    Attributes:
        jobs: Every job by its number, as it stood.
        composites: Every composite by its number: the numbers of its children, in order.
        labels: What people call some of them, by number.
        service: The URL of the service that it belongs to; None while it is empty.
        trouble: What does not fit together, if anything; then the rest is as far as it could be followed.
        reserving: The QPUs for which ids were reserved.
    """

    jobs: Mapping[int, SavedJob]
    composites: Mapping[int, Sequence[int]]
    labels: Mapping[int, str]
    service: str | None
    trouble: str | None
    reserving: frozenset[str] = frozenset()

    @property
    def top_level(self) -> list[int]:
        """The numbers of what is no child of a composite, in the order of creation."""
        children = {child for listed in self.composites.values() for child in listed}
        return sorted((self.jobs.keys() | self.composites.keys()) - children)

    @property
    def last(self) -> int:
        """The highest number in it; 0 if it is empty."""
        return max([0, *self.jobs, *self.composites])

    def ended(self, number: int) -> bool:
        """Whether a job, or every job of a composite, has ended; an empty composite has not begun."""
        if number in self.jobs:
            return self.jobs[number].state in ENDED
        children = self.composites[number]
        return bool(children) and all(self.ended(child) for child in children)


def replay(entries: Sequence[Entry], file: str) -> Kept:
    """Play entries once more.

    A job with an id that was never seen to be submitted is in doubt: the id may have been used.

    Args:
        entries: In the order in which they were written.
        file: Where they come from, for messages.
    """
    played = Replay(file)
    played.play(entries)
    return played.kept()


@define
class Replay:
    """Entries played once more, as they come.

    Attributes:
        file: Where they come from, for messages.
        played: How many there were so far.
    """

    file: str
    played: int = field(default=0, init=False)
    trouble: str | None = field(default=None, init=False)
    drafts: "dict[int, _Draft]" = field(factory=dict)
    composites: dict[int, list[int]] = field(factory=dict)
    labels: dict[int, str] = field(factory=dict)
    service: str | None = None

    def play(self, entries: Sequence[Entry]) -> None:
        """Play the next entries."""
        for entry in entries:
            self.played += 1
            where = f"entry {self.played}"
            try:
                self._play(entry, Fields.of(dict(entry.body), self.file, where))
            except (BadSnapshot, LookupError, ValueError) as error:
                self.trouble = self.trouble or f"{where} does not fit ({error})"

    def kept(self) -> Kept:
        """What they have said so far."""
        jobs = {number: draft.saved() for number, draft in self.drafts.items()}
        reserving = frozenset[str]().union(*(draft.reserving for draft in self.drafts.values()))
        return Kept(jobs, self.composites, self.labels, self.service, self.trouble, reserving)

    def _play(self, entry: Entry, body: Fields) -> None:
        number = entry.subject
        if number in self.drafts:
            fits = self.drafts[number].play(entry.kind, body)
        elif number in self.composites:
            fits = self._add(number, entry.kind, body)
        else:
            fits = self._begin(number, entry.kind, body)
        if not fits and entry.kind == pages.LABEL and (number in self.drafts or number in self.composites):
            self.labels[number] = body.text("label")
        elif not fits:
            raise body.wrong("", f"{entry.kind!r:.40} of number {number} cannot stand here")

    def _begin(self, number: int, kind: str, body: Fields) -> bool:
        if number == 0 and kind == pages.SERVICE and self.service is None:
            self.service = body.text("url")
        elif number > 0 and kind == pages.JOB:
            self.drafts[number] = _Draft(_request(body), fetch_diagnostics=bool(body.values.get("fetch_diagnostics")))
        elif number > 0 and kind == pages.LOADED:
            self.drafts[number] = _Draft.of(read_job(body.object("snapshot")))
        elif number > 0 and kind == pages.COMPOSITE:
            self.composites[number] = []
        else:
            return False
        return True

    def _add(self, number: int, kind: str, body: Fields) -> bool:
        if kind != pages.ADDED:
            return False
        children = body.values.get("children")
        if not isinstance(children, list):
            raise body.wrong("children", "expected a list of numbers")
        for child in children:
            if not isinstance(child, int) or (child not in self.drafts and child not in self.composites):
                raise body.wrong("children", f"there is no job {child!r:.40}")
            if child in self.composites[number] or number in self._within(child):
                raise body.wrong("children", f"{child} is already in it, or it in {child}")
            self.composites[number].append(child)
        return True

    def _within(self, number: int) -> set[int]:
        """The number of a job, or those of a composite and all that is in it."""
        return {number}.union(*(self._within(child) for child in self.composites.get(number, ())))


@define
class _Draft:
    """A job whose entries are being played."""

    request: Request
    fetch_diagnostics: bool
    state: JobState = JobState.CREATED
    run: Run = field(factory=Run)
    history: list[JobOutput] = field(factory=list)
    moves: list[Move] = field(factory=list)
    reserving: set[str] = field(factory=set)
    """The QPUs on which an id was reserved for it."""

    @classmethod
    def of(cls, saved: SavedJob) -> "_Draft":
        return cls(
            saved.request,
            saved.fetch_diagnostics,
            saved.state,
            saved.run,
            [*saved.history],
            [*saved.moves],
        )

    def saved(self) -> SavedJob:
        return SavedJob(
            request=self.request,
            fetch_diagnostics=self.fetch_diagnostics,
            state=self.state,
            run=self.run,
            history=tuple(self.history),
            moves=tuple(self.moves),
        )

    def play(self, kind: str, body: Fields) -> bool:
        match kind:
            case pages.REQUEST:
                self.set_up(_request(body))
            case pages.RESERVED:
                self.reserved(body)
            case pages.UNRESERVED:
                self.unreserved(body)
            case pages.MOVED:
                self.moved(body)
            case _:
                return False
        return True

    def set_up(self, request: Request) -> None:
        self._must_be_created()
        self.request, self.run = request, Run()

    def reserved(self, body: Fields) -> None:
        self._must_be_created()
        self.run.task_id, self.run.in_doubt = body.text("task_id"), True
        self.run.qpu_url = body.text_or_none("qpu_url") or self.run.qpu_url
        self.run.cancel_asked, self.run.sent_at = body.flag("cancel_asked"), body.moment_or_none("sent_at")
        self.reserving.add(self.request.qpu_id)

    def unreserved(self, body: Fields) -> None:
        self._must_be_created()
        self.run.in_doubt = True
        self.run.qpu_url = body.text_or_none("qpu_url") or self.run.qpu_url

    def moved(self, body: Fields) -> None:
        source, target = JobState(body.text("source")), JobState(body.text("target"))
        at = body.moment_or_none("at")
        if source is not self.state or at is None:
            raise body.wrong("source", f"the job was {self.state}")
        if (source in ENDED) != (body.text("trigger") == "reset"):
            raise body.wrong("trigger", f"this does not lead out of {source}")
        move = Move(source, target, body.text("trigger"), body.text("why"), at, 0.0)
        run = Run()
        if source not in ENDED:
            run.task_id = body.text_or_none("task_id") or self.run.task_id
            run.qpu_url = self.run.qpu_url
            run.server_status = body.text_or_none("server_status")
            if run.task_id is None and target in {*ACTIVE, JobState.COMPLETED}:
                raise body.wrong("task_id", f"this is missing, but the job is {target} now")
        if target in {JobState.COMPLETED, JobState.FAILED}:
            output = body.object("output")
            run.timings, run.metrics, run.metadata = map(output.object_or_none, ("timings", "metrics", "metadata"))
            run.output = self._output(output, run, completed=target is JobState.COMPLETED)
            self.history.append(run.output)
        self.run, self.state = run, target
        self.moves.append(move)

    def _output(self, body: Fields, run: Run, *, completed: bool) -> JobOutput:
        common: dict[str, Any] = {
            "qpu_id": self.request.qpu_id,
            "task_id": run.task_id,
            "program": self.request.program,
            "received": body.moment_or_none("received"),
            "compiler_config": self.request.config,
            "timings": run.timings,
            "metrics": run.metrics,
            "metadata": run.metadata,
        }
        if (body.text("kind") == "result") != completed:
            raise body.wrong("kind", "this is not the output of such an end")
        if completed:
            return JobResult(data=body.values.get("data"), **common)
        return JobError(
            error_code=body.number_or_none("error_code"), error_message=body.text("error_message"), **common
        )

    def _must_be_created(self) -> None:
        if self.state is not JobState.CREATED:
            raise ValueError(f"the job was {self.state}")


def _tag(said: JsonValue) -> str | None:
    """A tag; earlier versions wrote down whatever they were given, and that must not cost a journal."""
    return None if said is None else str(said).encode(errors="replace").decode()


def _request(body: Fields) -> Request:
    return Request(
        body.text("program"),
        body.text("qpu_id"),
        config_of(body),
        _tag(body.values.get("tag")),
        body.text_or_none("hybrid_marker"),
    )
