"""Snapshots: jobs and composites as JSON in the published SDK's format, in files that are written atomically."""

from qcaas_sdk._snapshot.atomic_file import read_whole
from qcaas_sdk._snapshot.config_codec import KeptConfig, config_of
from qcaas_sdk._snapshot.json_fields import IN_MEMORY, parsed, plain
from qcaas_sdk._snapshot.read import read_composite, read_job, read_snapshot
from qcaas_sdk._snapshot.types import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk._snapshot.write import composite_to_dict, job_to_dict, output_to_dict, request_to_dict, save

__all__ = [
    "IN_MEMORY",
    "CompositeJobSnapshot",
    "JobSnapshot",
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
