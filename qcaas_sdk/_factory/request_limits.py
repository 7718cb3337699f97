"""Limits: bytes of a request, shots of a run, qubits of a QPU and how they are connected."""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk._http import MAX_REQUEST, encode
from qcaas_sdk._programs import qubit_use
from qcaas_sdk._programs.config import DEFAULT_SHOTS
from qcaas_sdk._record import JobRequest
from qcaas_sdk.errors import NotConnected, RequestTooLarge, TooManyQubits, TooManyShots

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


def check_qubits(request: JobRequest, features: Mapping[str, Any]) -> None:
    """Refuse a program that its QPU is too small for, or whose gates its QPU does not have.

    Args:
        request: The job. If its program has another form than plain statements, nothing is refused.
        features: What is known of the QPU; if it names no limit, nothing is refused.

    Raises:
        TooManyQubits: The program uses too many qubits.
        NotConnected: It couples qubits that are not connected, and its configuration switches routing off.
    """
    limit, pairs = features.get("qubits"), _pairs(features.get("connectivity"))
    if not _without_routing(request.compiler_config):
        pairs = None
    if pairs is None and type(limit) is not int:
        return
    use = qubit_use(request.program)
    if type(limit) is int and use.qubits > limit:
        raise TooManyQubits(
            f"the program uses {use.qubits} qubits, but {request.qpu_id} has {limit}: use fewer, or another QPU",
            qubits=use.qubits,
            limit=limit,
        )
    for pair in use.pairs:
        if pairs is not None and frozenset(pair) not in pairs:
            raise NotConnected(
                f"the program couples the qubits {pair[0]} and {pair[1]}, which are not connected on "
                f"{request.qpu_id}, and its configuration switches routing off: couple connected qubits, or use "
                "optimize=1",
                pair=pair,
            )


def _pairs(connectivity: Any) -> frozenset[frozenset[int]] | None:
    """The pairs of a feature `[[0, 1], …]`; None if it has another form."""
    if not isinstance(connectivity, list) or not connectivity:
        return None
    for pair in connectivity:
        if not isinstance(pair, list) or len(pair) != 2 or any(type(qubit) is not int for qubit in pair):
            return None
    return frozenset(frozenset(pair) for pair in connectivity)


def _without_routing(config: Any) -> bool:
    passes = getattr(getattr(config, "optimizations", None), "tket_optimizations", None)
    mapping = getattr(type(passes), "DefaultMappingPass", None)
    return passes is not None and mapping is not None and mapping not in passes
