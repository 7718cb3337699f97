"""From what a user gives to `create_job` to what is submitted: lists, conversions, the short form, the check."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any, TypedDict

from qcaas_sdk._factory.limits import check_shots, check_size
from qcaas_sdk._programs import (
    PARSED_AT_MOST,
    Config,
    Mitigation,
    Optimize,
    check_plausible,
    check_syntax,
    checked_config,
    with_short_form,
)
from qcaas_sdk._record import JobRequest
from qcaas_sdk.errors import InvalidArgument, QcaasError


class JobOptions(TypedDict, total=False):
    """What `create_job` takes beside programs, QPUs and configurations; the same for all jobs of a composite."""

    shots: int | None
    optimize: Optimize | None
    error_mitigation: Mitigation | None
    check: bool
    fetch_diagnostics: bool
    tag: str | None


def requests(
    program: Any,
    qpu_id: Any,
    config: Any,
    options: JobOptions,
    *,
    qpu: Callable[[str | None], str],
    features: Callable[[str], Mapping[str, Any]],
) -> list[JobRequest]:
    """One request for each job.

    Args:
        program: A program, or a list.
        qpu_id: The id of a QPU or None, or a list.
        config: A configuration or None, or a list.
        options: The rest of what the user gave.
        qpu: The id of a usable QPU for what the user named; raises if there is none.
        features: What is known of a QPU already.

    Raises:
        QcaasError: As `OqcSdk.create_job`; if it was one of a list, a note says which.
        InvalidArgument: A list is empty, lengths do not fit, or a setting has no meaning.
    """
    many = any(isinstance(given, list | tuple) for given in (program, qpu_id, config))
    checked = options.get("check", True)
    left_to_parse = PARSED_AT_MOST
    made: list[JobRequest] = []
    configs: dict[int, Config | None] = {}  # of each object that was given: often one for all jobs
    for one_program, one_qpu, one_config in broadcast(program=program, qpu_id=qpu_id, config=config):
        with _numbered(len(made) if many else None):
            if id(one_config) not in configs:
                configs[id(one_config)] = with_short_form(
                    checked_config(one_config),
                    shots=options.get("shots"),
                    optimize=options.get("optimize"),
                    error_mitigation=options.get("error_mitigation"),
                )
            request = JobRequest(one_program, qpu(one_qpu), configs[id(one_config)], options.get("tag"))
            if checked:
                check_size(request)
                check_shots(request, features(request.qpu_id))
                if isinstance(one_program, str | PathLike):  # what an exporter wrote needs no proof-reading
                    check_plausible(request.program)
                    if len(request.program) <= left_to_parse:
                        left_to_parse -= len(request.program)
                        check_syntax(request.program)
        made.append(request)
    return made


@contextmanager
def _numbered(number: int | None) -> Iterator[None]:
    try:
        yield
    except QcaasError as error:
        if number is not None:
            error.add_note(f"(entry {number} of the list, counted from 0; no job was made)")
        raise


def broadcast(**given: Any) -> list[tuple[Any, ...]]:
    """One tuple for each job: lists entry by entry, all else (and lists of one entry) the same for every job.

    Raises:
        InvalidArgument: A list is empty, or the lengths of lists do not fit; the message names the lengths.
    """
    lengths = {name: len(value) for name, value in given.items() if isinstance(value, list | tuple)}
    longest = max(lengths.values(), default=1)
    if any(length not in {1, longest} for length in lengths.values()) or longest == 0:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidArgument(f"lists must be of one length, or of length 1: {told}", argument=", ".join(lengths))

    def spread(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            return [value] * longest
        return list(value) * longest if len(value) == 1 else list(value)

    return list(zip(*(spread(value) for value in given.values()), strict=True))
