"""Reads what snapshots and journal entries have in common: requests, labels, outputs, progress in a chart."""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk._programs.parameter_values import Value, values_of
from qcaas_sdk._record import (
    UNKNOWN,
    ErrorRecord,
    JobRequest,
    JobState,
    OutputRecord,
    PolicyState,
    ResultRecord,
    shared,
)
from qcaas_sdk._snapshot.config_codec import config_of
from qcaas_sdk._snapshot.json_fields import Fields
from qcaas_sdk.errors import InvalidArgument, InvalidProgram


def read_request(fields: Fields, *, known: bool = True, parameters: Mapping[str, Value] | None = None) -> JobRequest:
    """What a job submits.

    Args:
        fields: A job, or an entry about one.
        known: Whether the program is known; if not, its text is empty.
        parameters: The values of its parameters.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    config, tag, marker = config_of(fields), *map(fields.sendable_or_none, ("tag", "hybrid_marker"))
    fields.sendable_or_none("qpu_id")
    try:
        program = fields.text("program") if known else UNKNOWN
        return JobRequest(program, fields.text("qpu_id"), config, tag, marker, parameters)
    except InvalidProgram as error:
        raise fields.wrong("program", str(error)) from None


def read_parameters(fields: Fields) -> dict[str, Value] | None:
    """The values of a program's parameters, if it had any.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    given = fields.object_or_none("parameters")
    try:
        return None if given is None else values_of(given)
    except InvalidArgument as error:
        raise fields.wrong("parameters", str(error)) from None


def read_labels(fields: Fields) -> dict[str, Any]:
    """What the user calls a job.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    return {"name": fields.text_or_none("name"), "user_metadata": fields.object_or_none("user_metadata")}


def read_output(fields: Fields, **about: Any) -> OutputRecord:
    """A result or an error.

    Args:
        fields: What it says.
        about: Of which run it is: QPU, task, program and configuration.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    about["program"] = about["program"] or UNKNOWN
    about.setdefault("parameters", read_parameters(fields))
    about |= {name: shared(fields.object_or_none(name)) for name in ("timings", "metrics", "metadata")}
    received = fields.moment_or_none("received")
    match fields.text("kind"):
        case "result":
            fields.require("data")
            return ResultRecord(data=fields.values["data"], received=received, **about)
        case "error":
            code, message = fields.number_or_none("error_code"), fields.text_or_none("error_message")
            return ErrorRecord(error_code=code, error_message=message or "", received=received, **about)
        case kind:
            raise fields.wrong("kind", f"expected 'result' or 'error', not {kind!r:.60}")


def read_policy(fields: Fields, state: JobState) -> PolicyState:
    """The chart that a job runs on.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    return PolicyState(fields.text("name"), fields.number_or_none("version") or 1, state.lower())


def read_progress(policy: PolicyState, fields: Fields) -> None:
    """Where a job is in its chart, and what is to come.

    Raises:
        BadSnapshot: A field is missing or not valid; the error says where.
    """
    counts, due = fields.object("counts"), fields.object("due")
    moments = {name: at for name in due.values if (at := due.moment_or_none(name)) is not None}
    numbers = {name: counts.number_or_none(name) or 0 for name in counts.values}
    policy.progress(fields.text("place"), numbers, moments, again=fields.flag("again"))
