"""Snapshots as JSON: the published SDK's fields, and under one key of ours what it does not know."""

import json
from pathlib import Path
from typing import Any

from qcaas_sdk.job_state import JobState
from qcaas_sdk.outputs import JobError, JobOutput, JobResult
from qcaas_sdk.program import Config, Request
from qcaas_sdk.snapshot.configs import kind_of
from qcaas_sdk.snapshot.files import write_whole
from qcaas_sdk.snapshot.model import Move, SavedComposite, SavedJob
from qcaas_sdk.snapshot.values import IN_MEMORY, JsonObject, digest, plain

SCHEMA_VERSION = "1"
"""The version of the fields that the published SDK knows."""

OURS = "qcaas_sdk"
"""The key of what it does not know."""

VERSION = 1
"""The version of that; a reader refuses a newer one and migrates an older one. 0 stands for a file without it."""


def job_to_dict(saved: SavedJob) -> dict[str, Any]:
    """A job as a JSON object that shares nothing with it.

    Raises:
        BadSnapshot: The service sent something that JSON cannot hold, as a number that is not finite.
    """
    return _plain(_job_to_dict(saved))


def composite_to_dict(saved: SavedComposite) -> dict[str, Any]:
    """A composite as a JSON object that shares nothing with it.

    The published SDK knows no composite in a composite: it sees all jobs in one list, each once.

    Raises:
        BadSnapshot: As `job_to_dict`.
    """
    return _plain(
        {
            "schema_version": SCHEMA_VERSION,
            "snapshot_kind": "composite",
            "jobs": [_job_to_dict(job) for job in saved.jobs],
            OURS: {
                "version": VERSION,
                "shape": saved.shape,
                "moves": [_move_to_dict(move) for move in saved.moves],
            },
        }
    )


def request_to_dict(request: Request) -> dict[str, Any]:
    """What a job submits."""
    return {
        "program": request.program,
        "qpu_id": request.qpu_id,
        **_config_to_dict(request.config),
        "tag": request.tag,
        "hybrid_marker": request.hybrid_marker,
    }


def output_to_dict(output: JobOutput) -> dict[str, Any]:
    """A result or an error."""
    values: dict[str, Any] = {
        "kind": "result" if isinstance(output, JobResult) else "error",
        "qpu_id": output.qpu_id,
        "task_id": output.task_id,
        "program": output.program,
        "received": output.received.isoformat() if output.received is not None else None,
        **_config_to_dict(output.compiler_config),
        "timings": output.timings,
        "metrics": output.metrics,
        "metadata": output.metadata,
    }
    if isinstance(output, JobResult):
        return {**values, "data": output.data}
    assert isinstance(output, JobError)  # a run leaves nothing else behind
    return {**values, "error_code": output.error_code, "error_message": output.error_message}


def save(snapshot: dict[str, Any], path: str | Path) -> None:
    """Write a snapshot into a file: whole or not at all, with a digest by which damage is found.

    Raises:
        OSError: It cannot be written; it names the path.
    """
    sealed = {**snapshot, OURS: {**snapshot[OURS], "digest": digest(snapshot)}}
    write_whole(Path(path), json.dumps(sealed, indent=1, allow_nan=False) + "\n")


def _job_to_dict(saved: SavedJob) -> dict[str, Any]:
    run, output = saved.run, saved.run.output
    return {
        "schema_version": SCHEMA_VERSION,
        "snapshot_kind": "job",
        **request_to_dict(saved.request),
        "timings": run.timings,
        "metrics": run.metrics,
        "metadata": run.metadata,
        "task_id": run.task_id,
        "state": saved.state.value,
        "raise_on_error": False,
        "fetch_diagnostics": saved.fetch_diagnostics,
        "result": output_to_dict(output) if isinstance(output, JobResult) else None,
        "error": output_to_dict(output) if isinstance(output, JobError) else None,
        "history": [output_to_dict(item) for item in saved.history],
        OURS: {
            "version": VERSION,
            "in_doubt": run.in_doubt or (saved.state is JobState.CREATED and run.task_id is not None),
            "cancel_asked": run.cancel_asked,
            "server_status": run.server_status,
            "qpu_url": run.qpu_url,
            "moves": [_move_to_dict(move) for move in saved.moves],
        },
    }


def _config_to_dict(config: Config | None) -> dict[str, Any]:
    if config is None:
        return {"config_json": None, "config_type": None}
    return {"config_json": config.to_json(), "config_type": kind_of(config)}


def _move_to_dict(move: Move) -> dict[str, Any]:
    return {
        "source": move.source.value,
        "target": move.target.value,
        "trigger": move.trigger,
        "why": move.why,
        "at": move.at.isoformat(),
        "monotonic_s": move.monotonic_s,
    }


def _plain(values: dict[str, Any]) -> JsonObject:
    checked = plain(values, IN_MEMORY)
    assert isinstance(checked, dict)  # as it was
    return checked
