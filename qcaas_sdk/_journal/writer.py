"""What the records of jobs and composites write into the journal."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from qcaas_sdk._journal import entries
from qcaas_sdk._journal.file import digest_of
from qcaas_sdk._journal.journal import Journal
from qcaas_sdk._record import (
    CompositeRecord,
    JobRecord,
    JobRequest,
    JobState,
    JobTransition,
    Limits,
    OutputRecord,
    PolicyState,
    Run,
    RunUsage,
    states_in,
)
from qcaas_sdk._record.writer import Written
from qcaas_sdk._snapshot.write import job_to_dict, labels_to_dict, output_to_dict, parameters_to_dict, request_to_dict
from qcaas_sdk.errors import JournalError


@define
class EntryWriter:
    """What one job or composite writes.

    If a transition cannot be written, it writes no more: the journal holds the job as it was before, another process
    goes on from that, and this one submits nothing more of it.

    Attributes:
        journal: The journal.
        entity_id: Its number there.
    """

    journal: Journal
    entity_id: int
    _error: JournalError | None = field(default=None, init=False)

    @classmethod
    def for_job(cls, journal: Journal, job: JobRecord, at: datetime) -> "EntryWriter":
        """That of a new job, which was made at a moment."""
        writer, policy = cls(journal, journal.new_entity_id()), job.policy
        chart = {} if policy is None else {"chart": {"name": policy.chart, "version": policy.version}}
        about = {"fetch_diagnostics": job.fetch_diagnostics, **chart, **labels_to_dict(job), "at": at.isoformat()}
        writer._note_request(entries.JOB, job.request, **about)
        return writer

    @classmethod
    def for_composite(cls, journal: Journal, name: str | None, limits: Limits) -> "EntryWriter":
        """That of a new composite."""
        writer = cls(journal, journal.new_entity_id())
        named = {} if name is None else {"name": name}
        journal.note(writer.entity_id, entries.COMPOSITE, {**named, **limits.to_dict()})
        return writer

    @classmethod
    def of(cls, record: Written, journal: Journal) -> "EntryWriter":
        """That of a job or composite; one that comes from elsewhere is written down now."""
        if isinstance(record.writer, cls) and record.writer.journal is journal:
            return record.writer
        if isinstance(record, CompositeRecord):
            writer = cls.for_composite(journal, record.name, record.limits)
            writer.added(record.children)
        else:
            assert isinstance(record, JobRecord)  # there is nothing else
            writer = cls(journal, journal.new_entity_id())
            journal.note(writer.entity_id, entries.LOADED, {"snapshot": job_to_dict(record)})
        record.writer = writer
        return writer

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write down an id, and where its QPU is, before anything can be submitted under it.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        self._check()
        self.journal.note(self.entity_id, entries.RESERVED, {"task_id": task_id, "qpu_url": qpu_url})
        await self.journal.written()

    def cancel_asked(self, run: Run) -> None:
        """Note that a run whose submission is in doubt is to be cancelled.

        To a reader that does not know this, the id is reserved, and perhaps used.
        """
        sent_at = None if run.sent_at is None else run.sent_at.isoformat()
        body = {"task_id": run.task_id, "qpu_url": run.qpu_url, "cancel_asked": True, "sent_at": sent_at}
        self._unless_failed(lambda: self.journal.note(self.entity_id, entries.RESERVED, body))

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write down that a submission is about to be sent without an id.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        self._check()
        self.journal.note(self.entity_id, entries.UNRESERVED, {"qpu_url": qpu_url})
        await self.journal.written()

    def write_transition(
        self, transition: JobTransition, run: Run, usage: Callable[[JobTransition], RunUsage]
    ) -> None:
        """Note a transition, and if it ended the run, its output and what it has used."""
        self._unless_failed(lambda: self._note_transition(transition, run, usage))

    def _note_transition(
        self, transition: JobTransition, run: Run, usage: Callable[[JobTransition], RunUsage]
    ) -> None:
        body: dict[str, Any] = {
            "trigger": transition.trigger,
            "source": transition.source,
            "target": transition.target,
            "why": transition.reason,
            "at": transition.at.isoformat(),
        }
        if run.task_id is not None:
            body["task_id"] = run.task_id
        if run.server_status is not None:
            body["server_status"] = run.server_status
        if transition.target in states_in("ended"):
            body["usage"] = _usage(usage(transition))
        if transition.target in states_in("ended") and run.output is not None:
            body["output"] = _output(run.output)
        elif transition.target is JobState.CANCELLED and run.timings is not None:
            body["timings"] = run.timings  # they may say that it never ran
        self.journal.note(self.entity_id, entries.MOVED, body)

    def write_policy(self, policy: PolicyState) -> None:
        """Note where a job is in a chart that extends `job`, and what is to come."""
        self._unless_failed(lambda: self.journal.note(self.entity_id, entries.PLACE, policy.to_dict()))

    def reconfigured(self, request: JobRequest, *, unsent: bool = False) -> None:
        """Note that another request takes the place of the last one; whether that one was certainly not sent."""
        more = {"unsent": True} if unsent else {}
        self._unless_failed(lambda: self._note_request(entries.REQUEST, request, **more))

    def added(self, children: Sequence[Written]) -> None:
        """Note that a composite has got these children; one that the journal does not know yet is written down."""
        self._unless_failed(lambda: self._note_children(children))

    def _note_children(self, children: Sequence[Written]) -> None:
        numbers = [EntryWriter.of(child, self.journal).entity_id for child in children]
        self.journal.note(self.entity_id, entries.ADDED, {"children": numbers})

    def label(self, text: str) -> None:
        """Note what a person calls it."""
        self.journal.note(self.entity_id, entries.LABEL, {"label": text})

    async def written(self) -> None:
        """Wait until what was noted is durable.

        Raises:
            JournalError: It cannot be written.
        """
        self._check()
        await self.journal.written()

    def _unless_failed(self, note: Callable[[], None]) -> None:
        """Make a note that is not awaited: the next awaited note raises its error."""
        if self._error is not None:
            return
        try:
            note()
        except JournalError as error:
            self._error = error
        except Exception as error:  # a configuration of the user's own may do anything
            path = str(self.journal.path)
            self._error = JournalError(f"a job cannot be written to it: {error!r}", file=path)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _note_request(self, kind: str, request: JobRequest, **more: Any) -> None:
        body = {**request_to_dict(request), **parameters_to_dict(request), **more}
        texts = dict[bytes, str]()
        for name in ("program", "config_json"):  # long, and often the same for many jobs
            if (text := body[name]) is not None:
                digest = digest_of(text)
                texts[digest] = text
                body[name] = {"text": digest.hex()}
        self.journal.note(self.entity_id, kind, body, texts)


def _usage(run: RunUsage) -> dict[str, Any] | None:
    """What a run has used, for the search tables; None for nothing."""
    if run.usage.runs == 0:
        return None
    seconds = run.usage.qpu_seconds if run.usage.timed_runs else None
    return {"shots": run.usage.shots, "seconds": seconds, "at": None if run.at is None else run.at.timestamp()}


def _output(output: OutputRecord) -> dict[str, Any]:
    """What the run's request does not tell."""
    known = {"qpu_id", "task_id", "program", "config_json", "config_type", "parameters"}
    return {name: value for name, value in output_to_dict(output).items() if name not in known}
