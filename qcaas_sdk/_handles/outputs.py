"""The outputs of runs for users: results and errors that know their job, and sequences of them."""

import json
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import attrs
from attrs import field, frozen

from qcaas_sdk._base.text import one_line
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._handles.output_sequence import OutputSequence
from qcaas_sdk._record import ErrorRecord, JobState, OutputRecord, ResultRecord
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.errors import InvalidArgument, JobFailed, NoResult
from qcaas_sdk.results.formats import registers_of
from qcaas_sdk.results.rows import Row
from qcaas_sdk.results.views import Counted, Tabular


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

    async def submit(self, *, timeout_s: float | None = None) -> Self:
        """Send it to its QPU."""
        ...

    async def refresh(self) -> Self:
        """Ask the server once for the status."""
        ...

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait for its end."""
        ...

    async def execute(self, *, timeout_s: float | None = None) -> "JobOutputProxy[JobOutput]":
        """Run it to its end."""
        ...

    async def cancel(self) -> Self:
        """Ask the server to cancel it."""
        ...

    async def cancel_if_active(self) -> Self:
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

    async def abandon(self) -> Self:
        """Give up the current run without a request."""
        ...

    def reconfigure(self, memento: "JobOutput | None" = None) -> Self:
        """Prepare it for another run, with the request of an earlier one."""
        ...

    async def _submit_again(self, memento: "JobOutput") -> Self:
        """Submit it with the request of an earlier run: what refuses that changes nothing."""
        ...

    async def _execute_again(self, memento: "JobOutput") -> "JobOutputProxy[JobOutput]":
        """As `_submit_again`, and wait for its end."""
        ...


class JobOutput(OutputRecord, Counted):
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

    @property
    def ok(self) -> bool:
        """Whether the run gave a result."""
        return not self.is_error

    def __reduce__(self) -> tuple[Any, ...]:
        values = {a.name: getattr(self, a.name) for a in attrs.fields(type(self)) if a.name != "job"}
        return partial(type(self), **values), ()

    def to_dict(self) -> dict[str, Any]:
        """The output as plain values; `compiler_config` stays an object."""
        plain = {a.name: getattr(self, a.name) for a in attrs.fields(type(self)) if a.name != "job"}
        return {**plain, "received": self.received.isoformat() if self.received is not None else None}

    def to_json(self) -> str:
        """The output as a JSON object, without the compiler configuration."""
        plain = self.to_dict()
        del plain["compiler_config"]
        return json.dumps(plain)

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

    async def resubmit(self) -> SingleJob:
        """Submit the program of this run again; returns the job without waiting for its end.

        Raises:
            InvalidArgument: The output is not attached to a job.
        """
        return await self._attached_job()._submit_again(self)

    async def reexecute(self) -> "JobOutput":
        """Run the program of this run again and return the new output.

        Raises:
            InvalidArgument: The output is not attached to a job.
        """
        return (await self._attached_job()._execute_again(self)).one

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from qcaas_sdk.diagrams.outputs import shown  # noqa: PLC0415  # only in a notebook

        return shown(self)

    def _attached_job(self) -> SingleJob:
        if self.job is None:
            raise InvalidArgument(
                one_line(
                    f"the output of task {self.task_id} is not attached to a job. Create one: "
                    "sdk.create_job(program=output.program)"
                ),
                argument="job",
            )
        return self.job


@frozen(kw_only=True)
class JobResult(ResultRecord, JobOutput):
    """The result of a run. It is falsy, because an error is truthy.

    Attributes:
        data: register → bitstring → count for counts; for other result formats, the data as the server sent it. The
            leftmost character of a bitstring is bit 0 of the register.
        job: The job, if it is known.
    """

    job: SingleJob | None = field(default=None, eq=False, repr=False)

    def __bool__(self) -> bool:
        return False

    def _rows(self) -> list[Row]:
        return [_row(self)]


@frozen(kw_only=True)
class JobError(ErrorRecord, JobOutput):
    """The error of a run. It is truthy, because a result is falsy.

    Attributes:
        error_code: The server's code, or the HTTP status of a refused submission; None if there is none.
        error_message: The server's message.
        job: The job, if it is known.
    """

    job: SingleJob | None = field(default=None, eq=False, repr=False)

    def __bool__(self) -> bool:
        return True

    def _rows(self) -> list[Row]:
        raise job_failed(self)


@frozen(kw_only=True)
class NoOutput(JobOutput):
    """A placeholder for a job without an output, so that the outputs of a composite match its jobs. It is falsy.

    Attributes:
        state: The state of the job at that time: cancelled or not ended.
        job: The job.
    """

    state: str
    job: SingleJob | None = field(default=None, eq=False, repr=False)

    @property
    def ok(self) -> bool:
        """There is no result."""
        return False

    def __bool__(self) -> bool:
        return False

    def _rows(self) -> list[Row]:
        raise NoResult(one_line(f"task {self.task_id} has no result: its job is {self.state}"))


def output_of(record: OutputRecord, job: SingleJob | None = None) -> JobOutput:
    """The handle on an output, with its job if that is known."""
    kind = JobResult if isinstance(record, ResultRecord) else JobError
    return kind(job=job, **{name: getattr(record, name) for name in _NAMES[type(record)]})


_NAMES: dict[type[OutputRecord], tuple[str, ...]] = {
    kind: tuple(a.name for a in attrs.fields(kind)) for kind in (ResultRecord, ErrorRecord)
}


T = TypeVar("T", bound=JobOutput)


class JobOutputProxy(OutputSequence[T], Tabular):
    """A read-only sequence of outputs, oldest first (history) or in the order of the jobs (a composite's outputs).

    If it has exactly one output, you can read that output's attributes from the proxy. Tables, arrays and pictures
    show all its results; outputs without a result are left out, with a warning. A slice or a filtered sequence keeps
    the original numbers: in pictures and tables, `outputs[8:]` begins with number 8.
    """

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from qcaas_sdk.diagrams.outputs import shown_together  # noqa: PLC0415  # only in a notebook

        return shown_together(self._items, self._numbers, repr(self))

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

    @property
    def any_error(self) -> bool:
        """Whether one of them is an error."""
        return any(item.is_error for item in self._items)

    @property
    def all_ok(self) -> bool:
        """Whether every one of them is a result."""
        return all(item.ok for item in self._items)

    def raise_for_error(self) -> Self:
        """Return itself if there is no error.

        Raises:
            JobFailed: For the first error.
        """
        for error in self.errors():
            raise job_failed(error)
        return self

    def _rows(self) -> list[Row]:
        left_out = len(self._items) - sum(isinstance(item, JobResult) for item in self._items)
        if left_out:
            warnings.warn(
                f"{left_out} of {len(self._items)} outputs have no counts and are left out: a job failed, was "
                "cancelled or has not ended. raise_for_error() raises an exception for failed jobs",
                stacklevel=3,
            )
        return [
            attrs.evolve(_row(item), position=position)
            for position, item in zip(self._numbers, self._items, strict=True)
            if isinstance(item, JobResult)
        ]


def _row(result: JobResult) -> Row:
    job = result.job
    registers = registers_of(result.data, one_line(f"task {result.task_id}"))
    if job is None:
        return Row(0, result.task_id, result.qpu_id, None, registers, parameters=result.parameters or {})
    named = {} if job.name is None else {"name": job.name}
    labels = {**named, **{f"user_metadata.{key}": value for key, value in job.user_metadata.items()}}
    return Row(0, result.task_id, result.qpu_id, job.tag, registers, labels, result.parameters or {})


def job_failed(error: ErrorRecord) -> JobFailed:
    """The exception for an error."""
    return JobFailed(
        f"task {error.task_id or '(not submitted)'} on {error.qpu_id} failed: {error.short}; `job.error` has the "
        "details. `await job.execute()` runs it again; to change the program first, use `job.reconfigure(program=…)`",
        task_id=error.task_id,
        qpu_id=error.qpu_id,
        code=error.error_code,
        details=error.error_message,
    )
