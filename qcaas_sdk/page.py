"""Where a job writes down what must survive the process: its page in a journal, or nowhere."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qcaas_sdk.composite import Child
    from qcaas_sdk.job import Job, JobEvent


class Page(Protocol):
    """What jobs, composites and their effects tell a journal. What is not awaited must not raise."""

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Write down an id, and where its QPU is, before anything can be submitted; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    async def unreserved(self, qpu_url: str | None) -> None:
        """Write down that a submission is about to leave without an id; durable when it returns.

        Raises:
            JournalError: It cannot be written; then nothing may be submitted.
        """
        ...

    def cancel_asked(self, job: "Job") -> None:
        """Note that a job whose submission is in doubt is to be cancelled."""
        ...

    def moved(self, job: "Job", event: "JobEvent") -> None:
        """Note a move, and the output that it brought."""
        ...

    def reconfigured(self, job: "Job") -> None:
        """Note that another request takes the place of the last one, and that no id is reserved for it."""
        ...

    def added(self, children: "Sequence[Child]") -> None:
        """Note that a composite has got these children."""
        ...

    async def written(self) -> None:
        """Wait until what was noted is durable.

        Raises:
            JournalError: It cannot be written.
        """
        ...


class NoPage:
    """Nothing survives."""

    async def reserved(self, task_id: str, qpu_url: str | None) -> None:
        """Nothing is kept."""

    async def unreserved(self, qpu_url: str | None) -> None:
        """Nothing is kept."""

    def cancel_asked(self, job: Any) -> None:
        """Nothing is kept."""

    def moved(self, job: Any, event: Any) -> None:
        """Nothing is kept."""

    def reconfigured(self, job: Any) -> None:
        """Nothing is kept."""

    def added(self, children: Any) -> None:
        """Nothing is kept."""

    async def written(self) -> None:
        """There is nothing to wait for."""


NO_PAGE: Page = NoPage()
