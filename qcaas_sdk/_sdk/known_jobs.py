"""The jobs of an SDK that exist already: in its journal, or in files."""

from collections.abc import Callable, Collection, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from qcaas_sdk import _factory, _polling, _service, _snapshot
from qcaas_sdk._factory.job_filter import Moment, States, job_filter
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._journal import service_name
from qcaas_sdk._sdk.connection import Connection
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import BadSnapshot
from qcaas_sdk.job import Job
from qcaas_sdk.results.usage import UsageKey, UsageTable, usage_keys, usage_table

if TYPE_CHECKING:
    from qcaas_sdk.web.dashboard import Dashboard


class KnownJobs(Connection):
    """The part of `OqcSdk` that gives back jobs. Its journal and its scheduler open and close with the connection."""

    _jobs: "_factory.JobFactory"
    _scheduler: "_polling.PollScheduler"
    _tasks: "_service.Tasks"

    async def _open_jobs(self) -> None:
        await self._jobs.open(service_name(self._transport.base_url))
        self._tasks.note_reserving(self._jobs.recovery.reserving)

    async def _close_jobs(self, *, orphaned: bool) -> None:
        if orphaned:
            self._jobs.drop()
            self._jobs.recovery.drop()
        else:
            await self._jobs.close()
            self._scheduler.close()
            await self._jobs.recovery.close()

    def observe(self, observer: Callable[[Job | CompositeJob], None]) -> None:
        """Call `observer` with every job and composite that is created or loaded from now on.

        It must not wait, and it must not raise: its error goes to the call that creates or loads the job.

        Raises:
            InvalidArgument: `observer` is not a function, or an `async` one.
        """
        arguments.function(observer, "observer", "a function of one job")
        self._jobs.observe(observer)

    def recover(self, *, all: bool = False) -> list[Job | CompositeJob]:  # noqa: A002  # read as a word: recover(all=True)
        """The jobs and composites in the journal that have not ended, including those of earlier processes.

        Nothing is sent. `await job.wait()` continues a job from its last recorded state. If your process already uses
        a job, you get the same object. Jobs of a composite are returned as part of it.

        Args:
            all: Also return those that have ended, with results and history.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            ChartMismatch: A job runs on a chart that this SDK does not have, or that does not know its state.
        """
        self._require_open("recover")
        return self._jobs.recovery.recover(ended=arguments.flag(all, "all"))

    def find(
        self,
        *,
        tag: str | None = None,
        state: States | None = None,
        qpu_id: str | None = None,
        name: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        user_metadata: UserMetadata | None = None,
        limit: int | None = None,
    ) -> list[Job]:
        """The jobs of the journal that match everything you pass, the newest first, also those of earlier processes.

        Nothing is sent, and only what matches is read. Jobs of composites are found one by one.

        Args:
            tag: Their tag.
            state: Their state, or several: `JobState.FAILED` or "failed".
            qpu_id: Their QPU.
            name: Their name, or that of the composite that they are in; `*` and `?` stand for any characters.
            since: Only jobs created since then: a `datetime`, a `timedelta` (that long ago), or text in ISO 8601.
                Without a time zone it is local time.
            until: Only jobs created before then, as `since`.
            user_metadata: Values that their own metadata have; other keys do not matter.
            limit: At most this many.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            InvalidArgument: An argument has the wrong type or value.
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        self._require_open("find")
        wanted = job_filter(
            tag=tag,
            state=state,
            qpu_id=qpu_id,
            name=name,
            since=since,
            until=until,
            user_metadata=user_metadata,
            limit=limit,
            now=self._clock.wall(),
        )
        return self._jobs.recovery.find(wanted)

    def usage(
        self,
        by: UsageKey | Collection[UsageKey] = "qpu_id",
        *,
        tag: str | None = None,
        qpu_id: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> UsageTable:
        """What the jobs of the journal have used, also those of earlier processes. The SDK need not be open.

        Args:
            by: What to add it up by: "qpu_id", "tag", "day", "campaign" (the name of the journal), or several.
            tag: Only jobs with this tag.
            qpu_id: Only runs on this QPU.
            since: Only runs submitted since, as for `find`.
            until: Only runs submitted before, as for `find`.

        Raises:
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            InvalidArgument: An argument has the wrong type or value.
        """
        wanted = job_filter(now=self._clock.wall(), tag=tag, qpu_id=qpu_id, since=since, until=until)
        keys = usage_keys(by)
        return usage_table(keys, self._jobs.recovery.usage(keys, wanted))

    def job(self, name: str) -> Job | CompositeJob:
        """The job or composite that `create_job(name=…)` created, in this process or in an earlier one.

        Nothing is sent. Without a journal, only what your process still uses is found.

        Raises:
            SdkNotOpen: The SDK is not open.
            UnknownJob: None has that name.
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        self._require_open("job")
        return self._jobs.names.find(arguments.text(name, "name"))

    async def attach(self, task_id: str, qpu_id: str | None = None, *, fetch_diagnostics: bool = False) -> Job:
        """A job on a task that exists at the service, however it got there. One request; nothing is submitted.

        The job has the state, the results and the labels that the service tells. Its `program` is empty if the
        service does not tell it; then you can run the job again only after `job.reconfigure(program=…)`. If a job of
        this SDK or of its journal has the id, you get that job, without a request. An id that is reserved and was
        never submitted gives a job that is CREATED and says so.

        Args:
            task_id: The server's id of the task.
            qpu_id: Its QPU; by default `default_qpu_id`, or the only QPU. With API v4 you need none.
            fetch_diagnostics: As for `create_job`.

        Raises:
            SdkNotOpen: The SDK is not open.
            UnknownTask: The service has no such task for this account.
            UnknownQpu: There is no such QPU, or there are several and you named none.
            InvalidArgument: An argument has the wrong type, or `task_id` cannot be an id.
            TransportError: There was no usable answer.
        """
        self._require_open("attach")
        task_id = arguments.text(task_id, "task_id")
        if not _service.is_id(task_id):
            raise arguments.wrong("task_id", "the id of a task", task_id)
        fetch_diagnostics = arguments.flag(fetch_diagnostics, "fetch_diagnostics")
        asked = self._registry.qpu_of_task(self._default_qpu_id) if qpu_id is None else self._qpu(qpu_id)
        return await self._jobs.attach(task_id, asked, fetch_diagnostics=fetch_diagnostics)

    def load(self, path: str | Path) -> Job | CompositeJob:
        """A job or composite from a file that `save` wrote, in this SDK or the published one.

        If it has not ended, `await job.wait()` continues it. Nothing is sent, and no QPU is looked up.

        Raises:
            SdkNotOpen: The SDK is not open.
            OSError: The file cannot be read: a `FileNotFoundError`, a `PermissionError`, or for a folder an
                `IsADirectoryError`.
            BadSnapshot: The file is not a snapshot, or is damaged; the error says where.
            ChartMismatch: As `recover`.
            InvalidArgument: `path` is not a path.
        """
        self._require_open("load")
        file = arguments.path(path, "path")
        return self._jobs.loaded(_snapshot.parsed(_snapshot.read_whole(file), str(file)), str(file))

    @overload
    def from_snapshot(self, snapshot: JobSnapshot) -> Job: ...
    @overload
    def from_snapshot(self, snapshot: CompositeJobSnapshot) -> CompositeJob: ...
    @overload
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob: ...
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob:
        """A job or composite from the value of `to_snapshot`; otherwise as `load`.

        Raises:
            SdkNotOpen: The SDK is not open.
            BadSnapshot: It is not a snapshot, or is damaged; the error says where.
        """
        self._require_open("from_snapshot")
        if isinstance(snapshot, str | PathLike):
            reason = "expected the value of to_snapshot(), not text or a path: sdk.load(…) reads a file"
            raise BadSnapshot(reason, file=_snapshot.IN_MEMORY)
        return self._jobs.loaded(_snapshot.plain(snapshot, _snapshot.IN_MEMORY), _snapshot.IN_MEMORY)

    def dashboard(self, *, control: bool = False, host: str = "127.0.0.1", port: int = 0) -> "Dashboard":
        """Serve a live page of the jobs, until you close it or the SDK. Open its `url` in a browser.

        It shows the jobs of the journal. Without a journal it shows the jobs that your program still uses, and those
        that are made later, which it keeps until it is closed.

        Args:
            control: Whether the page may cancel jobs, run them again and continue them. Then the URL has a token that
                works once, in one browser.
            host: The address to listen on. On any address but loopback, other machines can read the page.
            port: The port; 0 picks a free one.

        Raises:
            SdkNotOpen: The SDK is not open.
            MissingExtra: The extra `web` is not installed.
            WrongEventLoop: It is not called inside the event loop of the SDK.
            QcaasError: It cannot listen on that address.
        """
        self._require_open("dashboard")
        control, host = arguments.flag(control, "control"), arguments.text(host, "host")
        port = arguments.whole(port, "port", least=0, most=65535)
        from qcaas_sdk.web.in_process import serve  # noqa: PLC0415  # only if it is used

        return serve(
            self._jobs.recovery.path,
            self._jobs.recovery.job,
            self._jobs.in_use,
            self._jobs.observe,
            service_name(self._transport.base_url),
            control=control,
            host=host,
            port=port,
            requests=lambda: self._transport.requests_sent,
            ask=self._monitoring.wait_time,
            clock=self._clock,
            on_close=self._scheduler.on_close,
        )
