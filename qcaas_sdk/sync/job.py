"""`Job` without `async`."""

# Written by `python -m tests.sync.generate`: change the class with `async` instead.
# mypy: disable-error-code="override, assignment"
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import attrs

from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._record import Diagnostics, JobState, JobTransition
from qcaas_sdk._snapshot import JobSnapshot
from qcaas_sdk.job import Job as AsyncJob
from qcaas_sdk.sync.bridge import SyncHandle, observing, stands_for
from qcaas_sdk.sync.outputs import JobError, JobOutput, JobOutputProxy, JobResult

if TYPE_CHECKING:
    from qcaas_sdk.diagrams import Diagram, SequenceDiagram, Timeline


@stands_for(AsyncJob)
class Job(SyncHandle):
    """One quantum program on one QPU, created by `OqcSdk.create_job`.

    Its states and transitions are those of `statecharts/job.yaml`, or of a chart of yours that extends it. Any number
    of threads may use the same job: its transitions run one at a time. If Ctrl-C ends a call, the job keeps a
    legal state and stays usable.
    """

    __slots__ = ()
    _handle: AsyncJob

    def submit(self, *, timeout_s: float | None = None) -> Self:
        """Send the program to its QPU; returns the job without waiting for its end.

        If the server refuses the program, the job becomes FAILED, and `error` has the reason.

        Args:
            timeout_s: Seconds until `JobTimeout`; None for no deadline.

        Raises:
            IllegalTransition: It is already submitted, or has ended.
            SubmissionInDoubt: You have cancelled it, and an earlier submission may still arrive.
            JobTimeout: The deadline passed first. The next call finds out whether the server has the task.
            QcaasError: The service cannot be used now; the job stays CREATED, and you can submit it again.
        """
        self._bridge.wait(lambda: self._handle.submit(timeout_s=timeout_s))
        return self

    def refresh(self) -> Self:
        """Ask the server once for the status.

        Does nothing unless the job is active, its cancellation waits, or you attached it to a reserved id.

        Raises:
            QcaasError: There was no usable answer; the job keeps its state.
        """
        self._bridge.wait(self._handle.refresh)
        return self

    def estimate(self) -> WaitEstimate:
        """When the service expects the current run to start, or would if you submitted the job now.

        It is the service's own estimate, not a promise. The job does not change.

        Raises:
            IllegalTransition: The job has ended.
            NotInThisApi: The service has API v4, which has no estimates.
            QcaasError: There was no usable answer.
        """
        return self._bridge.wait(self._handle.estimate)

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until the current run has ended; submits the job first if necessary. Returns the job.

        A job whose cancellation waits for a submission in doubt is not submitted; it ends when that is settled.

        Args:
            timeout_s: Seconds until `JobTimeout`, for the whole call; None for no deadline.

        Raises:
            JobTimeout: The deadline passed. Nothing is cancelled; call `wait()` again to go on.
            TaskLost: The service has lost the task; `wait()` asks again, `abandon()` gives up the run.
            QcaasError: A request failed, and retries did not help. The job keeps its state; call `wait()` again.
        """
        self._bridge.wait(lambda: self._handle.wait(timeout_s))
        return self

    def execute(self, *, timeout_s: float | None = None, progress: bool = False) -> JobOutputProxy[JobOutput]:
        """Submit the job, wait for its end and return its output.

        A job that is already submitted is only awaited. A job that has ended is run again.

        Args:
            timeout_s: Seconds until `JobTimeout`, for the whole call; None for no deadline.
            progress: Show live how many jobs are in which state (needs the extra `cli`).

        Returns:
            The output of the run, a result or an error; empty if the job was cancelled.

        Raises:
            JobTimeout: As `wait`.
            QcaasError: As `wait`.
            MissingExtra: `progress` is True, but rich is not installed.
        """
        return cast(
            "JobOutputProxy[JobOutput]",
            self._bridge.wait(lambda: self._handle.execute(timeout_s=timeout_s, progress=progress)),
        )

    def _submit_again(self, memento: JobOutput) -> Self:
        """Submit it with the request of an earlier run."""
        self._bridge.wait(lambda: self._handle._submit_again(memento))
        return self

    def _execute_again(self, memento: JobOutput) -> JobOutputProxy[JobOutput]:
        """Run it to its end with the request of an earlier run."""
        return cast("JobOutputProxy[JobOutput]", self._bridge.wait(lambda: self._handle._execute_again(memento)))

    def trigger(self, name: str) -> Self:
        """Fire a trigger that your own chart adds, for example an approval.

        Raises:
            IllegalTransition: It is not legal now; nothing has changed.
            InvalidArgument: The chart `job` declares it: use the method, for example `submit()`.
            JournalError: It cannot be written to the journal.
        """
        self._bridge.wait(lambda: self._handle.trigger(name))
        return self

    def cancel(self) -> Self:
        """Ask the server to cancel the run.

        A job that was never sent becomes CANCELLED without a request. If the job finishes first, you keep the result.
        If the server has not confirmed the cancellation yet, the state stays; `wait()` waits for the outcome. Nothing
        happens to a job that has ended.

        A job whose submission is in doubt stays CREATED until the server says that it is cancelled, or until the
        submission cannot arrive any more (`OqcSdk(max_delivery_s=…)`). It is never sent again; `wait()` waits for
        the outcome.

        If a job has failed and its chart is about to run it again automatically, this second run does not happen.

        Raises:
            QcaasError: There was no usable answer; the job keeps its state. A job in doubt stays marked as cancelled.
        """
        self._bridge.wait(self._handle.cancel)
        return self

    def cancel_if_active(self) -> Self:
        """As `cancel`, but only if the server has, or may have, the task; otherwise nothing happens."""
        self._bridge.wait(self._handle.cancel_if_active)
        return self

    def abandon(self) -> Self:
        """Give up the current run: the job becomes CANCELLED without any request.

        It is legal only if the submission is in doubt, or after `TaskLost`. If the server has the task after all, it
        may run, you may pay for it, and the SDK does not fetch its result. The task id stays in `task_id` until the
        next run. Nothing happens to a job that has ended.

        Raises:
            IllegalTransition: The server has the task, or nothing was sent: use `cancel()`.
            JournalError: The transition cannot be written to the journal.
        """
        self._bridge.wait(self._handle.abandon)
        return self

    def reconfigure(
        self,
        memento: JobOutput | None = None,
        *,
        program: Program | None = None,
        qpu_id: str | None = None,
        config: Config | attrs.NothingType | None = attrs.NOTHING,
    ) -> Self:
        """Prepare the job for another run: the state is CREATED, result and error are cleared, history stays.

        If this raises, nothing has changed.

        Args:
            memento: The output of an earlier run; its program, QPU and configuration are used.
            program: Another program: text, a path or a circuit, as for `create_job`.
            qpu_id: Another QPU.
            config: Another configuration; None means the service's default.

        Raises:
            InvalidProgram: The program cannot be sent.
            UnknownProgram: You attached the task, and neither you nor the service has told its program.
            InvalidArgument: Another argument is not valid.
            IllegalTransition: The current run is active, or may be: wait for its end or cancel it first. (A run that
                is in doubt because its service reserves no ids is given up.)
            WrongProcess: The SDK was opened in the process that this one was forked from.
        """
        self._bridge.now(lambda: self._handle.reconfigure(memento, program=program, qpu_id=qpu_id, config=config))
        return self

    @property
    def program(self) -> str:
        """The program text."""
        return self._handle.program

    @property
    def qpu_id(self) -> str:
        """The id of its QPU."""
        return self._handle.qpu_id

    @property
    def config(self) -> Config | None:
        """The compiler configuration; None means the service's default."""
        return self._handle.config

    @property
    def tag(self) -> str | None:
        """Your own label for it."""
        return self._handle.tag

    @property
    def hybrid_marker(self) -> str | None:
        """The server's marker for the tasks of one hybrid computation."""
        return self._handle.hybrid_marker

    @property
    def parameters(self) -> dict[str, float] | None:
        """The values of the program's parameters, which its text has; None if you gave none."""
        return self._handle.parameters

    @property
    def name(self) -> str | None:
        """What you call it; no other job or composite in the journal has that name."""
        return self._handle.name

    @property
    def user_metadata(self) -> UserMetadata:
        """A copy of your own JSON values; empty if you gave none. `metadata` is what the service says."""
        return self._handle.user_metadata

    @property
    def fetch_diagnostics(self) -> bool:
        """Whether the SDK asks again for timings, metrics and metadata if the server leaves them out."""
        return self._handle.fetch_diagnostics

    @property
    def state(self) -> JobState:
        """Its current state."""
        return self._handle.state

    @property
    def place(self) -> str:
        """Its state in the chart that it runs on, by name: as `state`, or a state that your chart adds."""
        return self._handle.place

    @property
    def ended(self) -> bool:
        """Whether the current run has ended: completed, failed or cancelled.

        If its chart is about to run the job again automatically, it has not ended.
        """
        return self._handle.ended

    @property
    def completed(self) -> bool:
        """Whether the current run ended with a result."""
        return self._handle.completed

    @property
    def task_id(self) -> str | None:
        """The server's id of the current run; None before one is reserved."""
        return self._handle.task_id

    @property
    def server_status(self) -> str | None:
        """The last status that the server sent, in its own spelling; None before the first."""
        return self._handle.server_status

    @property
    def held(self) -> str | None:
        """Why it was not submitted so far, if a limit is the reason: "no free place" or "budget spent"."""
        return self._handle.held

    @property
    def cancellation_waits(self) -> bool:
        """Whether you have cancelled it, but it stays CREATED because an earlier submission may still arrive."""
        return self._handle.cancellation_waits

    def events(self) -> Iterator[JobTransition]:
        """The transitions of the current run: those so far, then each as it happens, until the run ends.

        Raises:
            SdkNotOpen: The SDK was closed meanwhile.
            WrongProcess: The SDK was opened in the process that this one was forked from.
        """
        return self._bridge.iterate(self._handle.events)

    @property
    def result(self) -> JobResult | None:
        """The result of the current run, if and only if it is COMPLETED."""
        return cast("JobResult | None", self._bridge.read(lambda: self._handle.result))

    @property
    def error(self) -> JobError | None:
        """The error of the current run, if and only if it is FAILED."""
        return cast("JobError | None", self._bridge.read(lambda: self._handle.error))

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """The output of the current run; empty while there is none."""
        return cast("JobOutputProxy[JobOutput]", self._bridge.read(lambda: self._handle.outputs))

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs, oldest first; grows by one with each run that completes or fails."""
        return cast("JobOutputProxy[JobOutput]", self._bridge.read(lambda: self._handle.history))

    def raise_for_status(self) -> None:
        """Raise `JobFailed` if the current run has failed; otherwise do nothing.

        Raises:
            JobFailed: The run has failed; the error has the task, QPU, code and details.
        """
        self._bridge.read(self._handle.raise_for_status)

    @property
    def timings(self) -> Diagnostics | None:
        """The server's time stamps of the current run, if it sent any."""
        return self._handle.timings

    @property
    def metrics(self) -> Diagnostics | None:
        """The server's execution metrics of the current run, if it sent any."""
        return self._handle.metrics

    @property
    def metadata(self) -> Diagnostics | None:
        """The server's metadata of the current run's task, if it sent any."""
        return self._handle.metadata

    def to_snapshot(self) -> JobSnapshot:
        """The current state of the job as a JSON object for `OqcSdk.from_snapshot`; it contains no secret.

        Raises:
            BadSnapshot: The service sent a value that JSON cannot represent, for example an infinite number.
        """
        return self._bridge.read(self._handle.to_snapshot)

    def diagram(self) -> "Diagram":
        """Its chart with the current state, the path taken, and how long and how often it was in each state."""
        return self._bridge.read(self._handle.diagram)

    def timeline(self) -> "Timeline":
        """Its states over time, one row per state."""
        return self._bridge.read(self._handle.timeline)

    def sequence_diagram(self) -> "SequenceDiagram":
        """Who did what, in order: its transitions, the service's own times, and the requests behind them.

        Requests are in it from the moment at which you call `sdk.record_requests()`.
        """
        return self._bridge.now(self._handle.sequence_diagram)

    @property
    def transitions(self) -> tuple[JobTransition, ...]:
        """Every transition so far, of all runs, oldest first."""
        return self._handle.transitions

    def save(self, path: str | Path) -> None:
        """Write the snapshot to a file for `OqcSdk.load`. The file is written completely or not at all.

        Raises:
            OSError: The file cannot be written; the error names the path. The file has its old or its new content,
                never a part.
            BadSnapshot: As `to_snapshot`.
            InvalidArgument: `path` is not a path.
        """
        self._bridge.read(lambda: self._handle.save(path))

    def observe(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Call `observer` with this object and each of its transitions, when it happens.

        It must not wait, and it must not raise: its error goes to the call that made the transition, and to all who
        wait for the job.

        Raises:
            InvalidArgument: `observer` is not a function, or an `async` one.
        """
        self._bridge.now(lambda: self._handle.observe(observing(self, observer)))

    def unobserve(self, observer: Callable[[Self, JobTransition], None]) -> None:
        """Undo `observe`; nothing happens if `observer` is not registered."""
        self._bridge.now(lambda: self._handle.unobserve(observing(self, observer)))
