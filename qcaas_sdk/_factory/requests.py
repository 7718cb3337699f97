"""From the arguments of `create_job` to job requests: lists, conversions, shot and compiler arguments, the check."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any

from qcaas_sdk._factory.job_options import JobOptions
from qcaas_sdk._factory.request_limits import check_qubits, check_shots, check_size
from qcaas_sdk._programs import (
    PARSED_AT_MOST,
    Config,
    check_plausible,
    check_syntax,
    checked_config,
    with_short_form,
)
from qcaas_sdk._programs.convert import bound, check_bound
from qcaas_sdk._programs.parameter_values import values_of
from qcaas_sdk._record import JobRequest
from qcaas_sdk.errors import InvalidArgument, QcaasError

_PLURALS = {
    "program": "programs",
    "qpu_id": "QPU ids",
    "config": "configurations",
    "shots": "numbers of shots",
    "parameters": "parameters",
}


def requests(
    program: Any,
    qpu_id: Any,
    config: Any,
    options: JobOptions,
    *,
    shots: Any = None,
    parameters: Any = None,
    qpu: Callable[[str | None], str],
    features: Callable[[str], Mapping[str, Any]],
) -> list[JobRequest]:
    """One request for each job.

    Args:
        program: A program, or a list.
        qpu_id: The id of a QPU or None, or a list.
        config: A configuration or None, or a list.
        options: The other arguments.
        shots: A number of shots or None, or a list.
        parameters: Values by name or None, or a list.
        qpu: Returns the id of the usable QPU for a `qpu_id`, or raises.
        features: Returns what is already known of a QPU.

    Raises:
        QcaasError: As `OqcSdk.create_job`; for an entry of a list, a note says which.
        InvalidArgument: A list is empty, the lengths of the lists differ, or a setting is not valid.
    """
    given = {"program": program, "qpu_id": qpu_id, "config": config, "shots": shots, "parameters": parameters}
    many = any(isinstance(one, list | tuple) for one in given.values())
    checked, tag, marker = options.get("check", True), options.get("tag"), options.get("hybrid_marker")
    left_to_parse = PARSED_AT_MOST
    made: list[JobRequest] = []
    configs: dict[tuple[int, int], Config | None] = {}  # by the ids of the objects: often one for all jobs
    for one_program, one_qpu, one_config, one_shots, one_parameters in broadcast(**given):
        with _numbered(len(made) if many else None):
            key = id(one_config), id(one_shots)
            if key not in configs:
                configs[key] = with_short_form(
                    checked_config(one_config),
                    shots=one_shots,
                    optimize=options.get("optimize"),
                    error_mitigation=options.get("error_mitigation"),
                )
            values = None if one_parameters is None else values_of(one_parameters)
            text = one_program if values is None else bound(one_program, values)
            request = JobRequest(text, qpu(one_qpu), configs[key], tag, marker, values)
            if checked:
                check_size(request)
                known = features(request.qpu_id)
                check_shots(request, known)
                check_qubits(request, known)
                if isinstance(one_program, str | PathLike):  # exported circuits need no check
                    check_plausible(request.program)
                    check_bound(request.program)
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
            error.add_note(f"(entry {number} of the list, counted from 0; no job was created)")
        raise


def broadcast(**given: Any) -> list[tuple[Any, ...]]:
    """One tuple per job: lists entry by entry; a single value, or a list of one entry, for every job.

    Raises:
        InvalidArgument: A list is empty, or the lengths of the lists differ; the message names the lengths.
    """
    lengths = {name: len(value) for name, value in given.items() if isinstance(value, list | tuple)}
    for name, length in lengths.items():
        if length == 0:
            raise InvalidArgument(f"the list of {_PLURALS[name]} is empty: pass at least one", argument=name)
    longest = max(lengths.values(), default=1)
    if any(length not in {1, longest} for length in lengths.values()):
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidArgument(
            f"the lists have different lengths ({told}): pass lists of the same length, or single values",
            argument=", ".join(lengths),
        )

    def spread(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            return [value] * longest
        return list(value) * longest if len(value) == 1 else list(value)

    return list(zip(*(spread(value) for value in given.values()), strict=True))
