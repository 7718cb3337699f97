"""Snapshots as JSON: the published SDK's fields, and under one key of ours what it does not know."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from qcaas_sdk._programs.config import Config
from qcaas_sdk._record import (
    ChildRecord,
    CompositeRecord,
    ErrorRecord,
    JobRecord,
    JobRequest,
    JobState,
    JobTransition,
    OutputRecord,
    ResultRecord,
)
from qcaas_sdk._snapshot.atomic_file import write_whole
from qcaas_sdk._snapshot.config_codec import kind_of
from qcaas_sdk._snapshot.json_fields import IN_MEMORY, JsonObject, JsonValue, digest, plain
from qcaas_sdk._snapshot.types import CompositeJobSnapshot, JobSnapshot

SCHEMA_VERSION = "1"
"""The version of the fields that the published SDK knows."""

OURS = "qcaas_sdk"
"""The key of what it does not know."""

VERSION = 1
"""The version of that; a reader refuses a newer one and migrates an older one. 0 stands for a file without it."""


def job_to_dict(job: JobRecord) -> JobSnapshot:
    """A job as a JSON object that shares nothing with it.

    Raises:
        BadSnapshot: The service sent something that JSON cannot hold, as a number that is not finite.
    """
    return cast("JobSnapshot", _plain(_job_to_dict(job)))


def composite_to_dict(composite: CompositeRecord) -> CompositeJobSnapshot:
    """A composite as a JSON object that shares nothing with it.

    Composites in it are kept too; the published SDK, which knows none, finds all jobs in one list, each once.

    Raises:
        BadSnapshot: As `job_to_dict`.
    """
    places = {job: place for place, job in enumerate(dict.fromkeys(composite.leaves()))}
    limits = [one.limits_left.to_dict() for one in composite.composites()]
    values = {
        "schema_version": SCHEMA_VERSION,
        "snapshot_kind": "composite",
        "jobs": [_job_to_dict(job) for job in places],
        OURS: {
            "version": VERSION,
            "shape": _shape(composite, places),
            **({} if composite.name is None else {"name": composite.name}),
            **({"limits": limits} if any(limits) else {}),
            "moves": [_transition_to_dict(transition) for transition in composite.transitions],
        },
    }
    return cast("CompositeJobSnapshot", _plain(values))


def _shape(child: ChildRecord, places: Mapping[JobRecord, int]) -> JsonValue:
    """A job's place in the list of all jobs, or the shapes of a composite's children."""
    return places[child] if isinstance(child, JobRecord) else [_shape(each, places) for each in child.children]


def labels_to_dict(job: JobRecord) -> dict[str, Any]:
    """What the user calls a job."""
    labels = {"name": job.name, "user_metadata": job.user_metadata}
    return {key: value for key, value in labels.items() if value is not None}


def parameters_to_dict(of: JobRequest | OutputRecord) -> dict[str, Any]:
    """The values of the program's parameters, if it had any."""
    return {} if of.parameters is None else {"parameters": dict(of.parameters)}


def request_to_dict(request: JobRequest) -> dict[str, Any]:
    """What a job submits."""
    return {
        "program": request.program or "",
        "qpu_id": request.qpu_id,
        **_config_to_dict(request.config),
        "tag": request.tag,
        "hybrid_marker": request.hybrid_marker,
    }


def output_to_dict(output: OutputRecord) -> dict[str, Any]:
    """A result or an error."""
    values: dict[str, Any] = {
        "kind": "result" if isinstance(output, ResultRecord) else "error",
        "qpu_id": output.qpu_id,
        "task_id": output.task_id,
        "program": output.program or "",
        "received": output.received.isoformat() if output.received is not None else None,
        **_config_to_dict(output.compiler_config),
        "timings": output.timings,
        "metrics": output.metrics,
        "metadata": output.metadata,
        **parameters_to_dict(output),
    }
    if isinstance(output, ResultRecord):
        return {**values, "data": output.data}
    assert isinstance(output, ErrorRecord)  # a run leaves nothing else behind
    return {**values, "error_code": output.error_code, "error_message": output.error_message}


def save(snapshot: JobSnapshot | CompositeJobSnapshot, path: str | Path) -> None:
    """Write a snapshot into a file: whole or not at all, with a digest by which damage is found.

    Raises:
        OSError: It cannot be written; it names the path.
    """
    values: dict[str, Any] = {**snapshot}
    sealed = {**values, OURS: {**values[OURS], "digest": digest(values)}}
    write_whole(Path(path), json.dumps(sealed, indent=1, allow_nan=False) + "\n")


def _job_to_dict(job: JobRecord) -> dict[str, Any]:
    run = job.run
    policy = job.policy
    chart = {} if policy is None else {"chart": {"name": policy.chart, "version": policy.version, **policy.to_dict()}}
    return {
        "schema_version": SCHEMA_VERSION,
        "snapshot_kind": "job",
        **request_to_dict(job.request),
        "timings": run.timings,
        "metrics": run.metrics,
        "metadata": run.metadata,
        "task_id": run.task_id,
        "state": job.state.value,
        "raise_on_error": False,
        "fetch_diagnostics": job.fetch_diagnostics,
        "result": output_to_dict(job.result) if job.result is not None else None,
        "error": output_to_dict(job.error) if job.error is not None else None,
        "history": [output_to_dict(item) for item in job.history],
        OURS: {
            "version": VERSION,
            "in_doubt": run.in_doubt or (job.state is JobState.CREATED and run.task_id is not None),
            "cancel_asked": run.cancel_asked,
            "server_status": run.server_status,
            "qpu_url": run.qpu_url,
            **({} if job.request.has_program else {"program_unknown": True}),
            **({"attached": True} if run.attached else {}),
            **labels_to_dict(job),
            **parameters_to_dict(job.request),
            "moves": [_transition_to_dict(transition) for transition in job.transitions],
            **chart,
        },
    }


def _config_to_dict(config: Config | None) -> dict[str, Any]:
    if config is None:
        return {"config_json": None, "config_type": None}
    return {"config_json": config.to_json(), "config_type": kind_of(config)}


def _transition_to_dict(transition: JobTransition) -> dict[str, Any]:
    return {
        "source": transition.source.value,
        "target": transition.target.value,
        "trigger": transition.trigger,
        "why": transition.reason,
        "at": transition.at.isoformat(),
        "monotonic_s": transition.monotonic_s,
    }


def _plain(values: dict[str, Any]) -> JsonObject:
    checked = plain(values, IN_MEMORY)
    assert isinstance(checked, dict)  # as it was
    return checked
