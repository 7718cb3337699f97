"""A job as JSON, the same in every command; `docs/qcaas-job.schema.json` describes it."""

from pathlib import Path
from typing import Any

from attrs import frozen

from qcaas_sdk._record import ErrorRecord, JobRecord, OutputRecord, ResultRecord


@frozen
class JobPlace:
    """Where a job is kept.

    Attributes:
        campaign: What a user calls the campaign.
        journal: Its journal.
        number: The number of the job in the journal, where the first is 1. A user counts from 0.
        service: The service of the campaign.
    """

    campaign: str
    journal: Path
    number: int
    service: str | None

    @property
    def name(self) -> str:
        """What a user types for the job."""
        return f"{self.campaign}/{self.number - 1}"


def job_document(
    record: JobRecord, place: JobPlace | None, label: str, exception: Exception | None = None
) -> dict[str, Any]:
    """A job as JSON.

    Args:
        record: The job.
        place: Where it is kept; None without a journal.
        label: What `qcaas run` calls its program: the file.
        exception: The error that stopped the command before the job ended.
    """
    run = record.run
    return {
        "job": None if place is None else place.name,
        "campaign": None if place is None else place.campaign,
        "journal": None if place is None else str(place.journal),
        "service": None if place is None else place.service,
        "file": label or None,
        "name": record.name,
        "tag": record.tag,
        "user_metadata": dict(record.user_metadata or {}),
        "parameters": None if record.request.parameters is None else dict(record.request.parameters),
        "qpu_id": record.qpu_id,
        "task_id": run.task_id,
        "state": record.state.value,
        "ended": record.ended,
        "server_status": run.server_status,
        "in_doubt": run.in_doubt and not run.not_submitted,
        "result": record.result.data if record.result is not None else None,
        "error": _error(record.error) if record.error is not None else None,
        "exception": None if exception is None else str(exception),
        "runs": [_run(output) for output in record.history],
        "transitions": [
            {"from": one.source, "to": one.target, "at": one.at.isoformat(), "reason": one.reason}
            for one in record.transitions
        ],
    }


def _run(output: OutputRecord) -> dict[str, Any]:
    return {
        "task_id": output.task_id,
        "received": None if output.received is None else output.received.isoformat(),
        "result": output.data if isinstance(output, ResultRecord) else None,
        "error": _error(output) if isinstance(output, ErrorRecord) else None,
    }


def _error(error: ErrorRecord) -> dict[str, Any]:
    return {"code": error.error_code, "message": error.error_message}
