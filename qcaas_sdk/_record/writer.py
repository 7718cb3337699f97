"""Writes the changes of a record to a journal, or nowhere."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from qcaas_sdk._record.policy_state import PolicyState
from qcaas_sdk._record.request import JobRequest
from qcaas_sdk._record.run import Run
from qcaas_sdk._record.states import JobState
from qcaas_sdk._record.usage import RunUsage
from qcaas_sdk.statechart import Transition


class Written(Protocol):
    """A record with a writer: of a job or of a composite."""

    writer: "JournalWriter"


class JournalWriter(Protocol):
    """What records and callbacks write to a journal. Methods that are not awaited must not raise."""

    @property
    def entity_id(self) -> int | None:
        """The number of the job or composite in its journal; None without a journal."""
        ...

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write an id and the URL of its QPU before the submission; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write that a submission without an id is about to be sent; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    def cancel_asked(self, run: Run) -> None:
        """Note that the user has cancelled a run whose submission is in doubt."""
        ...

    def write_transition(
        self, transition: Transition[JobState], run: Run, usage: Callable[[Transition[JobState]], RunUsage]
    ) -> None:
        """Note a transition, and if it ended the run, its output and what it has used."""
        ...

    def write_policy(self, policy: PolicyState) -> None:
        """Note where a job is in a chart that extends `job`."""
        ...

    def reconfigured(self, request: JobRequest, *, unsent: bool = False) -> None:
        """Note that another request replaces the last one, and that no id is reserved for it.

        Args:
            request: The other one.
            unsent: Whether the last one was certainly not accepted.
        """
        ...

    def added(self, children: Sequence[Written]) -> None:
        """Note that these children were added to a composite."""
        ...

    def label(self, text: str) -> None:
        """Note the label that a person gave it."""
        ...

    async def written(self) -> None:
        """Wait until what was noted is durable.

        Raises:
            JournalError: It cannot be written.
        """
        ...


class NullWriter:
    """Writes nothing."""

    entity_id: int | None = None

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write nothing."""

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write nothing."""

    def cancel_asked(self, run: Any) -> None:
        """Write nothing."""

    def write_transition(self, transition: Any, run: Any, usage: Any) -> None:
        """Write nothing."""

    def write_policy(self, policy: Any) -> None:
        """Write nothing."""

    def reconfigured(self, request: Any, *, unsent: bool = False) -> None:
        """Write nothing."""

    def added(self, children: Any) -> None:
        """Write nothing."""

    def label(self, text: str) -> None:
        """Write nothing."""

    async def written(self) -> None:
        """There is nothing to wait for."""


NULL_WRITER: JournalWriter = NullWriter()
