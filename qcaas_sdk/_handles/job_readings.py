"""What can be read of a job without a request: its state, its outputs, files and pictures."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

from qcaas_sdk import _snapshot
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._handles.handle import Handle, closed_while_followed
from qcaas_sdk._handles.outputs import (
    JobError,
    JobOutput,
    JobOutputProxy,
    JobResult,
    SingleJob,
    job_failed,
    output_of,
)
from qcaas_sdk._programs.config import Config
from qcaas_sdk._record import Diagnostics, JobRecord, JobState, JobTransition, Run, states_in
from qcaas_sdk._snapshot import JobSnapshot
from qcaas_sdk.statechart import Machine

if TYPE_CHECKING:
    from qcaas_sdk._handles.live.subjects import Subject
    from qcaas_sdk.diagrams import Diagram, SequenceDiagram, Timeline


class JobReadings(Handle):
    """The half of `Job` that only reads its record; the other half has the verbs."""

    __slots__ = ("_outputs",)

    _kind = "job"
    _record: JobRecord
    _outputs: tuple[JobOutput, ...]
    """The handles on the outputs in the record's history that were requested so far."""

    # Its request.

    @property
    def program(self) -> str:
        """The program text."""
        return self._record.request.program

    @property
    def qpu_id(self) -> str:
        """The id of its QPU."""
        return self._record.request.qpu_id

    @property
    def config(self) -> Config | None:
        """The compiler configuration; None means the service's default."""
        return self._record.request.config

    @property
    def tag(self) -> str | None:
        """Your own label for it."""
        return self._record.request.tag

    @property
    def hybrid_marker(self) -> str | None:
        """The server's marker for the tasks of one hybrid computation."""
        return self._record.request.hybrid_marker

    @property
    def parameters(self) -> dict[str, float] | None:
        """The values of the program's parameters, which its text has; None if you gave none."""
        given = self._record.request.parameters
        return None if given is None else dict(given)

    @property
    def name(self) -> str | None:
        """What you call it; no other job or composite in the journal has that name."""
        return self._record.name

    @property
    def user_metadata(self) -> UserMetadata:
        """A copy of your own JSON values; empty if you gave none. `metadata` is what the service says."""
        return deepcopy(dict(self._record.user_metadata or {}))

    @property
    def fetch_diagnostics(self) -> bool:
        """Whether the SDK asks again for timings, metrics and metadata if the server leaves them out."""
        return self._record.fetch_diagnostics

    # Its state.

    @property
    def state(self) -> JobState:
        """Its current state."""
        return self._record.state

    @property
    def place(self) -> str:
        """Its state in the chart that it runs on, by name: as `state`, or a state that your chart adds."""
        return self._record.place

    @property
    def ended(self) -> bool:
        """Whether the current run has ended: completed, failed or cancelled.

        If its chart is about to run the job again automatically, it has not ended.
        """
        return self._record.ended

    @property
    def completed(self) -> bool:
        """Whether the current run ended with a result."""
        return self.state is JobState.COMPLETED

    @property
    def task_id(self) -> str | None:
        """The server's id of the current run; None before one is reserved."""
        return self._record.run.task_id

    @property
    def server_status(self) -> str | None:
        """The last status that the server sent, in its own spelling; None before the first."""
        return self._record.run.server_status

    @property
    def held(self) -> str | None:
        """Why it was not submitted so far, if a limit is the reason: "no free place" or "budget spent"."""
        return self._record.held if self.state is JobState.CREATED else None

    @property
    def cancellation_waits(self) -> bool:
        """Whether you have cancelled it, but it stays CREATED because an earlier submission may still arrive."""
        return self._record.cancellation_waits

    async def events(self) -> AsyncIterator[JobTransition]:
        """The transitions of the current run: those so far, then each as it happens, until the run ends.

        Raises:
            SdkNotOpen: The SDK was closed meanwhile.
            WrongEventLoop: It was opened in another loop.
        """
        self._machine.check_caller()
        transitions, position = self._record.transitions, self._record.run_begin
        begun, over = self._record.begun, False
        moved, closed = asyncio.Event(), asyncio.Event()

        def close() -> None:
            closed.set()
            moved.set()

        def wake(*_: object) -> None:
            moved.set()

        self._record.observe(wake)
        forget = self._owner.scheduler.on_close(close)
        try:
            while True:
                while position < len(transitions):
                    transition = transitions[position]
                    position += 1
                    over = transition.target in states_in("ended")
                    yield transition
                    if over and (self._record.policy is None or self._record.begun != begun):
                        return
                if over and self._record.ended:
                    return
                if closed.is_set():
                    raise closed_while_followed(self)
                moved.clear()
                await moved.wait()
        finally:
            self._record.unobserve(wake)
            forget()

    # Its outputs.

    @property
    def result(self) -> JobResult | None:
        """The result of the current run, if and only if it is COMPLETED."""
        return next((output for output in self.outputs if isinstance(output, JobResult)), None)

    @property
    def error(self) -> JobError | None:
        """The error of the current run, if and only if it is FAILED."""
        return next((output for output in self.outputs if isinstance(output, JobError)), None)

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """The output of the current run; empty while there is none."""
        return JobOutputProxy(self._left_by(self._record.run))

    @property
    def history(self) -> JobOutputProxy[JobOutput]:
        """The outputs of all runs, oldest first; grows by one with each run that completes or fails."""
        return JobOutputProxy(self._handles())

    def _handles(self) -> tuple[JobOutput, ...]:
        kept = self._record.history
        if len(self._outputs) != len(kept):
            job = cast("SingleJob", self)  # the other half has the verbs
            self._outputs += tuple(output_of(output, job) for output in kept[len(self._outputs) :])
        return self._outputs

    def _left_by(self, run: Run) -> tuple[JobOutput, ...]:
        """The outputs of a run, which need not be the current one."""
        if run.output is None:
            return ()
        handles, history = self._handles(), self._record.history
        if history[-1] is run.output:
            return handles[-1:]
        return tuple([output for output, record in zip(handles, history, strict=True) if record is run.output])

    def raise_for_status(self) -> None:
        """Raise `JobFailed` if the current run has failed; otherwise do nothing.

        Raises:
            JobFailed: The run has failed; the error has the task, QPU, code and details.
        """
        if (error := self._record.error) is not None:
            raise job_failed(error)

    # Its diagnostics.

    @property
    def timings(self) -> Diagnostics | None:
        """The server's time stamps of the current run, if it sent any."""
        return self._record.run.timings

    @property
    def metrics(self) -> Diagnostics | None:
        """The server's execution metrics of the current run, if it sent any."""
        return self._record.run.metrics

    @property
    def metadata(self) -> Diagnostics | None:
        """The server's metadata of the current run's task, if it sent any."""
        return self._record.run.metadata

    # Saving it.

    def to_snapshot(self) -> JobSnapshot:
        """The current state of the job as a JSON object for `OqcSdk.from_snapshot`; it contains no secret.

        Raises:
            BadSnapshot: The service sent a value that JSON cannot represent, for example an infinite number.
        """
        return _snapshot.job_to_dict(self._record)

    # Watching it.

    def diagram(self) -> "Diagram":
        """Its chart with the current state, the path taken, and how long and how often it was in each state."""
        from qcaas_sdk.diagrams.job import job_diagram  # noqa: PLC0415  # only when a picture is drawn

        return job_diagram(self._record, self._machine.chart, self._machine.clock)

    def timeline(self) -> "Timeline":
        """Its states over time, one row per state."""
        from qcaas_sdk.diagrams.job import job_timeline  # noqa: PLC0415  # as above

        return job_timeline(self._record, self._machine.chart, self._machine.clock)

    def sequence_diagram(self) -> "SequenceDiagram":
        """Who did what, in order: its transitions, the service's own times, and the requests behind them.

        Requests are in it from the moment at which you call `sdk.record_requests()`.
        """
        from qcaas_sdk.diagrams.sequence import sequence_of  # noqa: PLC0415  # as above

        machine, requests = self._machine, self._owner.requests
        return sequence_of(self._record, machine.chart, machine.clock, requests.entries if requests.active else None)

    def _subject(self) -> "Subject":
        from qcaas_sdk._handles.live.subjects import OneJob  # noqa: PLC0415  # only in a notebook

        return OneJob(self._record, self._machine.chart, self._machine.clock)

    @property
    def _machine(self) -> Machine[JobRecord, Any]:
        return self._owner.machine_of(self._record)
