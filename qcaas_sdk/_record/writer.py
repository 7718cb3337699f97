"""Where a record's changes are written, so that they survive the process: a journal, or nowhere."""

from collections.abc import Sequence
from typing import Any, Protocol

from qcaas_sdk._record.request import JobRequest
from qcaas_sdk._record.run import Run
from qcaas_sdk._record.states import JobState
from qcaas_sdk.statechart import Transition


class Written(Protocol):
    """Whatever has a writer: the record of a job or of a composite."""

    writer: "JournalWriter"


class JournalWriter(Protocol):
    """What records and callbacks tell a journal. What is not awaited must not raise."""

    @property
    def entity_id(self) -> int | None:
        """The number of the job or composite in its journal; None where there is none."""
        ...

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write down an id, and where its QPU is, before anything can be submitted; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write down that a submission is about to be sent without an id; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    def cancel_asked(self, run: Run) -> None:
        """Note that a run whose submission is in doubt is to be cancelled."""
        ...

    def write_transition(self, transition: Transition[JobState], run: Run) -> None:
        """Note a transition, and the output that it brought."""
        ...

    def reconfigured(self, request: JobRequest) -> None:
        """Note that another request takes the place of the last one, and that no id is reserved for it."""
        ...

    def added(self, children: Sequence[Written]) -> None:
        """Note that a composite has got these children."""
        ...

    def label(self, text: str) -> None:
        """Note what a person calls it."""
        ...

    async def written(self) -> None:
        """Wait until what was noted is durable.

        Raises:
            JournalError: It cannot be written.
        """
        ...


class NullWriter:
    """Nothing survives."""

    entity_id: int | None = None

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Nothing is kept."""

    async def unreserved(self, qpu_url: str | None) -> None:
        """Nothing is kept."""

    def cancel_asked(self, run: Any) -> None:
        """Nothing is kept."""

    def write_transition(self, transition: Any, run: Any) -> None:
        """Nothing is kept."""

    def reconfigured(self, request: Any) -> None:
        """Nothing is kept."""

    def added(self, children: Any) -> None:
        """Nothing is kept."""

    def label(self, text: str) -> None:
        """Nothing is kept."""

    async def written(self) -> None:
        """There is nothing to wait for."""


NULL_WRITER: JournalWriter = NullWriter()
