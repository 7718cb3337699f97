"""The types of snapshots: the JSON objects that `to_snapshot` gives and `from_snapshot` takes."""

from typing import Any, Literal, NotRequired, TypedDict


class _OutputSnapshot(TypedDict):
    qpu_id: str | None
    task_id: str | None
    program: str | None
    received: str | None
    config_json: str | None
    config_type: str | None
    timings: dict[str, Any] | None
    metrics: dict[str, Any] | None
    metadata: dict[str, Any] | None


class ResultSnapshot(_OutputSnapshot):
    """A result in a snapshot."""

    kind: Literal["result"]
    data: Any


class ErrorSnapshot(_OutputSnapshot):
    """An error in a snapshot."""

    kind: Literal["error"]
    error_code: int | None
    error_message: str | None


class JobSnapshot(TypedDict):
    """A job as a JSON object, in the fields of the published SDK. `qcaas_sdk` holds what that SDK does not know."""

    schema_version: str
    snapshot_kind: Literal["job"]
    program: str
    qpu_id: str
    config_json: str | None
    config_type: str | None
    tag: str | None
    hybrid_marker: str | None
    timings: dict[str, Any] | None
    metrics: dict[str, Any] | None
    metadata: dict[str, Any] | None
    task_id: str | None
    state: Literal["CREATED", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"]
    raise_on_error: bool
    fetch_diagnostics: bool
    result: ResultSnapshot | None
    error: ErrorSnapshot | None
    history: list[ResultSnapshot | ErrorSnapshot]
    qcaas_sdk: NotRequired[dict[str, Any]]


class CompositeJobSnapshot(TypedDict):
    """A composite as a JSON object, with a snapshot of each job. `qcaas_sdk` says how composites are nested."""

    schema_version: str
    snapshot_kind: Literal["composite"]
    jobs: list[JobSnapshot]
    qcaas_sdk: NotRequired[dict[str, Any]]
