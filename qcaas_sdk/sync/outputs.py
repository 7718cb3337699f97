"""Outputs whose job has no `async`."""

# Written by `python -m tests.sync.generate`: change the class with `async` instead.
# mypy: disable-error-code="override, assignment"
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self, TypeVar

from attrs import field, frozen

import qcaas_sdk._handles.outputs as with_async
from qcaas_sdk._base.text import one_line
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._record import JobState
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.sync.bridge import stands_for


class JobLike(Protocol):
    """Something that can be run to its end: a `Job` or a `CompositeJob`."""

    @property
    def state(self) -> JobState:
        """Its current state."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it has ended: completed, failed or cancelled."""
        ...

    @property
    def completed(self) -> bool:
        """Whether it has a result."""
        ...

    @property
    def outputs(self) -> "JobOutputProxy[JobOutput]":
        """The outputs of the last run."""
        ...

    @property
    def history(self) -> "JobOutputProxy[JobOutput]":
        """The outputs of all runs."""
        ...

    def raise_for_status(self) -> None:
        """Raise `JobFailed` if the last run has failed."""
        ...

    def submit(self, *, timeout_s: float | None = None) -> Self:
        """Send it to its QPU."""
        ...

    def refresh(self) -> Self:
        """Ask the server once for the status."""
        ...

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait for its end."""
        ...

    def execute(self, *, timeout_s: float | None = None) -> "JobOutputProxy[JobOutput]":
        """Run it to its end."""
        ...

    def cancel(self) -> Self:
        """Ask the server to cancel it."""
        ...

    def cancel_if_active(self) -> Self:
        """Ask the server to cancel it if the server has, or may have, its task."""
        ...

    def to_snapshot(self) -> JobSnapshot | CompositeJobSnapshot:
        """Its current state as a JSON object."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the snapshot to a file."""
        ...


class SingleJob(JobLike, Protocol):
    """The job that an output is of: a `Job`."""

    @property
    def tag(self) -> str | None:
        """The user's label for it."""
        ...

    @property
    def name(self) -> str | None:
        """What the user calls it."""
        ...

    @property
    def user_metadata(self) -> UserMetadata:
        """The user's own values."""
        ...

    @property
    def task_id(self) -> str | None:
        """The server's id of its current run."""
        ...

    def abandon(self) -> Self:
        """Give up the current run without a request."""
        ...

    def reconfigure(self, memento: "JobOutput | None" = None) -> Self:
        """Prepare it for another run, with the request of an earlier one."""
        ...

    def _submit_again(self, memento: "JobOutput") -> Self:
        """Submit it with the request of an earlier run: what refuses that changes nothing."""
        ...

    def _execute_again(self, memento: "JobOutput") -> "JobOutputProxy[JobOutput]":
        """As `_submit_again`, and wait for its end."""
        ...


class JobOutput(with_async.JobOutput):
    """What is common to the result and the error of a run.

    Counts, tables and pictures belong to results. On the error of a run they raise `JobFailed` with its reason; on a
    `NoOutput` they raise `NoResult`.

    Two outputs are equal if run and content are equal; the time of arrival does not matter. A pickled copy, for
    example in another process, has no job.

    Attributes:
        qpu_id: The QPU of the run.
        task_id: The server's id of the run; None if the program was refused before it had one.
        program: The program text that ran.
        received: When this SDK received it, in UTC; None for `NoOutput`.
        compiler_config: The configuration of the run; None means the default.
        timings: The server's time stamps of the run, or None.
        metrics: The server's execution metrics, or None.
        metadata: The server's metadata of the task, or None.
    """

    __slots__ = ()

    @property
    def job(self) -> SingleJob | None:
        """The job that ran, if it is still known."""
        return None

    @classmethod
    def from_json(cls, json_str: str, job: SingleJob | None = None) -> Self:
        """Read the JSON of `to_json`.

        Args:
            json_str: A JSON object.
            job: The job to attach, so that `resubmit` works.

        Raises:
            InvalidArgument: The text is not the JSON of an output.
        """
        try:
            plain = json.loads(json_str)
            received = datetime.fromisoformat(plain.pop("received"))
            return cls(**{**plain, "received": received, "job": job})
        except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
            message = f"this is not the JSON of a {cls.__name__}: {error!r}"
            raise InvalidArgument(message, argument="json_str") from error

    def resubmit(self) -> SingleJob:
        """Submit the program of this run again; returns the job without waiting for its end.

        Raises:
            InvalidArgument: The output is not attached to a job.
        """
        return self._attached_job()._submit_again(self)

    def reexecute(self) -> "JobOutput":
        """Run the program of this run again and return the new output.

        Raises:
            InvalidArgument: The output is not attached to a job.
        """
        return self._attached_job()._execute_again(self).one

    def _attached_job(self) -> SingleJob:
        if self.job is None:
            raise InvalidArgument(
                one_line(
                    f"the output of task {self.task_id} is not attached to a job. Create one: sdk.create_job(program=output.program)"
                ),
                argument="job",
            )
        return self.job


@stands_for(with_async.JobResult)
@frozen(kw_only=True)
class JobResult(JobOutput, with_async.JobResult):
    """The result of a run. It is falsy, because an error is truthy.

    Attributes:
        data: register → bitstring → count for counts; for other result formats, the data as the server sent it. The
            leftmost character of a bitstring is bit 0 of the register.
        job: The job, if it is known.
    """

    job: SingleJob | None = field(default=None, eq=False, repr=False)


@stands_for(with_async.JobError)
@frozen(kw_only=True)
class JobError(JobOutput, with_async.JobError):
    """The error of a run. It is truthy, because a result is falsy.

    Attributes:
        error_code: The server's code, or the HTTP status of a refused submission; None if there is none.
        error_message: The server's message.
        job: The job, if it is known.
    """

    job: SingleJob | None = field(default=None, eq=False, repr=False)


@stands_for(with_async.NoOutput)
@frozen(kw_only=True)
class NoOutput(JobOutput, with_async.NoOutput):
    """A placeholder for a job without an output, so that the outputs of a composite match its jobs. It is falsy.

    Attributes:
        state: The state of the job at that time: cancelled or not ended.
        job: The job.
    """

    job: SingleJob | None = field(default=None, eq=False, repr=False)


T = TypeVar("T", bound=JobOutput)


@stands_for(with_async.JobOutputProxy)
class JobOutputProxy(with_async.JobOutputProxy[T]):
    """A read-only sequence of outputs, oldest first (history) or in the order of the jobs (a composite's outputs).

    If it has exactly one output, you can read that output's attributes from the proxy. Tables, arrays and pictures
    show all its results; outputs without a result are left out, with a warning. A slice or a filtered sequence keeps
    the original numbers: in pictures and tables, `outputs[8:]` begins with number 8.
    """

    def filter(self, pred: Callable[[T], bool]) -> "JobOutputProxy[T]":
        """The outputs for which `pred` holds.

        Raises:
            InvalidArgument: `pred` cannot be called.
        """
        arguments.function(pred, "pred", "a function of one output")
        kept = [(item, number) for item, number in zip(self._items, self._numbers, strict=True) if pred(item)]
        return JobOutputProxy([item for item, _ in kept], [number for _, number in kept])

    def results(self) -> "JobOutputProxy[JobResult]":
        """The outputs that are results."""
        return JobOutputProxy(*self._of(JobResult))

    def errors(self) -> "JobOutputProxy[JobError]":
        """The outputs that are errors."""
        return JobOutputProxy(*self._of(JobError))
