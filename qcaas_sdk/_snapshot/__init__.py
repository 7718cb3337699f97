"""Snapshots: jobs and composites as JSON in the published SDK's format, in files that are written atomically."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._snapshot.atomic_file import read_whole
    from qcaas_sdk._snapshot.config_codec import KeptConfig, config_of
    from qcaas_sdk._snapshot.json_fields import IN_MEMORY, JsonValue, parsed, plain
    from qcaas_sdk._snapshot.read import read_composite, read_job, read_snapshot
    from qcaas_sdk._snapshot.types import CompositeJobSnapshot, JobSnapshot
    from qcaas_sdk._snapshot.write import composite_to_dict, job_to_dict, output_to_dict, request_to_dict, save

__all__ = [
    "IN_MEMORY",
    "CompositeJobSnapshot",
    "JobSnapshot",
    "JsonValue",
    "KeptConfig",
    "composite_to_dict",
    "config_of",
    "job_to_dict",
    "output_to_dict",
    "parsed",
    "plain",
    "read_composite",
    "read_job",
    "read_snapshot",
    "read_whole",
    "request_to_dict",
    "save",
]

__getattr__ = lazy(
    __name__,
    {
        "CompositeJobSnapshot": "types",
        "IN_MEMORY": "json_fields",
        "JobSnapshot": "types",
        "JsonValue": "json_fields",
        "KeptConfig": "config_codec",
        "composite_to_dict": "write",
        "config_of": "config_codec",
        "job_to_dict": "write",
        "output_to_dict": "write",
        "parsed": "json_fields",
        "plain": "json_fields",
        "read_composite": "read",
        "read_job": "read",
        "read_snapshot": "read",
        "read_whole": "atomic_file",
        "request_to_dict": "write",
        "save": "write",
    },
)
