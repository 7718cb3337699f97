"""Sizes: bytes of a request, shots of a run."""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk._http import MAX_REQUEST, encode
from qcaas_sdk._programs.config import DEFAULT_SHOTS
from qcaas_sdk._record import JobRequest
from qcaas_sdk.errors import RequestTooLarge, TooManyShots

MAX_BYTES_PER_CHARACTER = 6
"""Of JSON text, for a control character."""


def check_size(request: JobRequest) -> None:
    """Refuse a job that the service would refuse for its size, however it is sent.

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
            f"the program and its configuration are {size:,} bytes; the service takes at most {MAX_REQUEST:,} "
            "(128 KiB) with everything around them: make the program shorter, by loops or gates of your own"
        )


def check_shots(request: JobRequest, features: Mapping[str, Any]) -> None:
    """Refuse a job that asks for more shots than its QPU says it takes.

    Args:
        request: The job.
        features: What is known of the QPU; nothing is refused where it names no limit.

    Raises:
        TooManyShots: It asks for more.
    """
    limit = features.get("max_shots")
    shots = getattr(request.compiler_config, "repeats", None) or DEFAULT_SHOTS
    if type(limit) is int and type(shots) is int and shots > limit:
        raise TooManyShots(
            f"{shots:,} shots are asked for, and {request.qpu_id} takes at most {limit:,}: split them over jobs",
            shots=shots,
            limit=limit,
        )
