"""Gives the free parameters of a program their values."""

from collections.abc import Collection, Mapping

from qcaas_sdk._programs.convert.convert import SOURCES, Source, program_text
from qcaas_sdk._programs.convert.inputs import inputs_of, with_inputs
from qcaas_sdk._programs.convert.refusals import not_writable
from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk.errors import InvalidArgument, QcaasError


def bound(program: object, values: Mapping[str, Value]) -> str:
    """The text of a program whose parameters have these values.

    Args:
        program: As for `program_text`.
        values: The value of each parameter, by name.

    Raises:
        InvalidArgument: A parameter has no value, there is no such parameter, or a value does not fit its type.
        InvalidProgram: As `program_text`.
    """
    for source in SOURCES:
        if source.made(program):
            needed, optional = source.parameters(program)
            _check(f"{source.package} circuit", needed, optional, values)
            for name, value in values.items():
                if isinstance(value, bool):
                    raise InvalidArgument(f"the parameter {name!r} is {value}, not a number", argument="parameters")
            return program_text(_bound(source, program, values) if values else program)
    text = program_text(program)
    _check("program", inputs_of(text), (), values)
    return with_inputs(text, values)


def _bound(source: Source, program: object, values: Mapping[str, Value]) -> object:
    try:
        return source.bound(program, values)
    except QcaasError:
        raise
    except Exception as error:  # whatever a package raises about a circuit, the circuit cannot be sent
        raise not_writable(source.package, f"{type(error).__name__}: {error}") from error


def _check(what: str, needed: Collection[str], optional: Collection[str], values: Mapping[str, Value]) -> None:
    missing = [name for name in needed if name not in values]
    unknown = [name for name in values if name not in {*needed, *optional}]
    if not missing and not unknown:
        return
    known = ", ".join([*needed, *optional]) or "none"
    told = []
    if missing:
        told.append(f"no value for {', '.join(missing)}")
    if unknown:
        told.append(f"no parameter {', '.join(map(repr, unknown))} in the {what}")
    raise InvalidArgument(f"parameters: {'; '.join(told)}. The {what} has: {known}", argument="parameters")
