"""Sizes: bytes of a request, shots of a run."""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk._http import MAX_REQUEST, encode
from qcaas_sdk._programs.config import DEFAULT_SHOTS
from qcaas_sdk._record import JobRequest
from qcaas_sdk.errors import RequestTooLarge, TooManyShots

MAX_BYTES_PER_CHARACTER = 6
"""The bytes that JSON text needs for a control character."""


def check_size(request: JobRequest) -> None:
    """Refuse a job that is too large for the service.

    Raises:
        RequestTooLarge: Its program and configuration alone are over the limit.
    """
    if len(request.program) * MAX_BYTES_PER_CHARACTER < MAX_REQUEST // 2 and request.external_config is None:
        return  # the usual case, at no cost
    parts: dict[str, Any] = {
        "program": request.program,
        "config": request.config_json,
        "external_config": request.external_config,
        "qpu_id": request.qpu_id,
    }
    size = len(encode(parts))
    if size > MAX_REQUEST:
        raise RequestTooLarge(
            f"the program and its configuration have {size:,} bytes; a request may have at most {MAX_REQUEST:,} "
            "(128 KiB). Make the program shorter, for example with loops or your own gates"
        )


def check_shots(request: JobRequest, features: Mapping[str, Any]) -> None:
    """Refuse a job with more shots than its QPU allows.

    Args:
        request: The job.
        features: What is known of the QPU; if it names no limit, nothing is refused.

    Raises:
        TooManyShots: The job has too many shots.
    """
    limit = features.get("max_shots")
    shots = getattr(request.compiler_config, "repeats", None) or DEFAULT_SHOTS
    if type(limit) is int and type(shots) is int and shots > limit:
        raise TooManyShots(
            f"the job has {shots:,} shots, but {request.qpu_id} allows at most {limit:,}: split them over jobs",
            shots=shots,
            limit=limit,
        )
