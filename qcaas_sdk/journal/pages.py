"""What jobs and composites write into the journal: one kind of entry for each thing that can happen."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from qcaas_sdk.composite import Child
from qcaas_sdk.errors import JournalError
from qcaas_sdk.job import Job, JobEvent
from qcaas_sdk.job_state import ENDED
from qcaas_sdk.journal.file import digest_of
from qcaas_sdk.journal.journal import Journal
from qcaas_sdk.outputs import JobOutput
from qcaas_sdk.program import Request
from qcaas_sdk.snapshot.writing import output_to_dict, request_to_dict

JOB = "job"
"""A job was made: its request."""
COMPOSITE = "composite"
"""A composite was made, still empty."""
LOADED = "loaded"
"""A job was loaded from a snapshot: that snapshot."""
ADDED = "added"
"""A composite has got children: their numbers."""
REQUEST = "request"
"""A job was set up anew: its request. No id is reserved for it."""
RESERVED = "reserved"
"""An id that may be submitted from now on; or that may have been, and whose run is to be cancelled."""
UNRESERVED = "unreserved"
"""A submission is about to leave without an id, to a service that reserves none."""
LABEL = "label"
"""What a person calls a job."""
SERVICE = "service"
"""Which service the journal belongs to: its URL. Stands under number 0."""
MOVED = "moved"
"""A job has moved: the event, the server's word, and the output if that was an end."""


@define
class JournalPage:
    """The page of one job or composite.

    If a move cannot be written, the page ends there: the journal holds the job as it was before, another process goes
    on from that, and this one submits nothing more of it.

    Attributes:
        journal: The journal it is in.
        subject: Its number there.
    """

    journal: Journal
    subject: int
    _trouble: JournalError | None = field(default=None, init=False)

    @classmethod
    def for_job(cls, journal: Journal, request: Request, *, fetch_diagnostics: bool) -> "JournalPage":
        """The page of a new job."""
        page = cls(journal, journal.new_subject())
        page._note_request(JOB, request, fetch_diagnostics=fetch_diagnostics)
        return page

    @classmethod
    def for_composite(cls, journal: Journal) -> "JournalPage":
        """The page of a new composite."""
        page = cls(journal, journal.new_subject())
        journal.note(page.subject, COMPOSITE, {})
        return page

    @classmethod
    def of(cls, child: Child, journal: Journal) -> "JournalPage":
        """The page of a job or composite in this journal; one that comes from elsewhere gets it now."""
        if isinstance(child.page, cls) and child.page.journal is journal:
            return child.page
        if isinstance(child, Job):
            page = cls(journal, journal.new_subject())
            journal.note(page.subject, LOADED, {"snapshot": child.to_snapshot()})
        else:
            page = cls.for_composite(journal)
            page.added(child.jobs)
        child.page = page
        return page

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write down an id, and where its QPU is, before anything can be submitted under it.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        self._check()
        self.journal.note(self.subject, RESERVED, {"task_id": task_id, "qpu_url": qpu_url})
        await self.journal.written()

    def cancel_asked(self, job: Job) -> None:
        """Note that a job whose submission is in doubt is to be cancelled.

        To a reader that does not know this, the id is reserved, and perhaps used.
        """
        run = job.current_run
        sent_at = None if run.sent_at is None else run.sent_at.isoformat()
        body = {"task_id": run.task_id, "qpu_url": run.qpu_url, "cancel_asked": True, "sent_at": sent_at}
        self._unless_in_trouble(lambda: self.journal.note(self.subject, RESERVED, body))

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write down that a submission is about to leave without an id.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        self._check()
        self.journal.note(self.subject, UNRESERVED, {"qpu_url": qpu_url})
        await self.journal.written()

    def moved(self, job: Job, event: JobEvent) -> None:
        """Note a move, and the output that it brought."""
        self._unless_in_trouble(lambda: self._note_move(job, event))

    def _note_move(self, job: Job, event: JobEvent) -> None:
        body: dict[str, Any] = {
            "trigger": event.trigger,
            "source": event.source,
            "target": event.target,
            "why": event.why,
            "at": event.at.isoformat(),
        }
        run = job.current_run
        if run.task_id is not None:
            body["task_id"] = run.task_id
        if run.server_status is not None:
            body["server_status"] = run.server_status
        if event.target in ENDED and run.output is not None:
            body["output"] = _output(run.output)
        self.journal.note(self.subject, MOVED, body)

    def reconfigured(self, job: Job) -> None:
        """Note that another request takes the place of the last one."""
        self._unless_in_trouble(lambda: self._note_request(REQUEST, job.request))

    def added(self, children: Sequence[Child]) -> None:
        """Note that a composite has got these children; one that the journal does not know yet is written down."""
        self._unless_in_trouble(lambda: self._note_children(children))

    def _note_children(self, children: Sequence[Child]) -> None:
        numbers = [JournalPage.of(child, self.journal).subject for child in children]
        self.journal.note(self.subject, ADDED, {"children": numbers})

    def label(self, text: str) -> None:
        """Note what a person calls it."""
        self.journal.note(self.subject, LABEL, {"label": text})

    async def written(self) -> None:
        """Wait until what was noted is durable.

        Raises:
            JournalError: It cannot be written.
        """
        self._check()
        await self.journal.written()

    def _unless_in_trouble(self, note: Callable[[], None]) -> None:
        """Make a note that nobody awaits: what is wrong with it is said to whoever awaits the next one."""
        if self._trouble is not None:
            return
        try:
            note()
        except JournalError as error:
            self._trouble = error
        except Exception as error:  # a configuration of the user's own may do anything
            path = str(self.journal.path)
            self._trouble = JournalError(f"a job cannot be written down: {error!r}", file=path)

    def _check(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _note_request(self, kind: str, request: Request, **more: Any) -> None:
        body, texts = {**request_to_dict(request), **more}, dict[bytes, str]()
        for name in ("program", "config_json"):  # long, and often the same for many jobs
            if (text := body[name]) is not None:
                digest = digest_of(text)
                texts[digest] = text
                body[name] = {"text": digest.hex()}
        self.journal.note(self.subject, kind, body, texts)


def _output(output: JobOutput) -> dict[str, Any]:
    """What the run's request does not tell."""
    known = {"qpu_id", "task_id", "program", "config_json", "config_type"}
    return {name: value for name, value in output_to_dict(output).items() if name not in known}
