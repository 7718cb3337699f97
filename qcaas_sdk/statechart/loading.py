"""A chart file to a checked `Chart`: YAML, then the schema, then meaning."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import cattrs
import cattrs.gen
from cattrs.gen import AttributeOverride
import fastjsonschema

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.checks import check_chart
from qcaas_sdk.statechart.model import Chart, Choice, Transition
from qcaas_sdk.statechart.reading import Path as ValuePath
from qcaas_sdk.statechart.reading import Value, read_yaml

_OUTCOME = ("guard", "target", "action")


def load_chart(path: str | Path) -> Chart:
    """Read a chart file.

    Args:
        path: A YAML file in the chart language (`docs/charts.md`).

    Raises:
        BadStatechart: It cannot be read, or something in it is wrong; the message says file, line, what, and what
            is known.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadStatechart(f"the chart cannot be read: {error}", file=str(path)) from error
    return parse_chart(text, file=str(path))


@cache
def shipped_chart(name: str) -> Chart:
    """A chart that comes with this package, for example `job`."""
    return load_chart(shipped_file(f"{name}.yaml"))


def shipped_file(name: str) -> Path:
    """The path of a file of `statecharts/`.

    The wheel carries the folder inside the package; in a checkout it stands beside the package.

    Raises:
        BadStatechart: There is no such file.
    """
    package = Path(str(resources.files("qcaas_sdk")))
    candidates = [package / "statecharts", package.parent / "statecharts"]
    for folder in candidates:
        if (folder / name).is_file():
            return folder / name
    known = sorted({file.stem for folder in candidates for file in folder.glob("*.yaml")})
    raise BadStatechart(f"there is no such file beside the shipped charts ({', '.join(known) or 'none'})", file=name)


def parse_chart(text: str, *, file: str = "<chart>") -> Chart:
    """Read a chart from text; `file` is its name in messages.

    Raises:
        BadStatechart: As `load_chart`.
    """
    document, lines = read_yaml(text, file)
    _check_schema(document, lines, file)
    plain = cast("dict[str, Value]", document)  # the schema has just said so
    _number(plain, lines, file)
    chart = _converter().structure({**plain, "file": file}, Chart)
    check_chart(chart)
    return chart


@cache
def _schema() -> dict[str, Value]:
    schema: dict[str, Value] = json.loads(shipped_file("schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def _validate() -> Callable[[Value], Value]:
    validate: Callable[[Value], Value] = fastjsonschema.compile(_schema())
    return validate


def _check_schema(document: Value, lines: Mapping[ValuePath, int], file: str) -> None:
    try:
        _validate()(document)
    except fastjsonschema.JsonSchemaValueException as error:
        path = tuple(int(part) if part.isdigit() else part for part in error.path[1:])
        message = _plainly(error, path)
        while path and path not in lines:
            path = path[:-1]
        if isinstance(error.value, dict) and (extra := _unknown_keys(error)):
            path = (*path, extra[0])
        raise BadStatechart(message, file=file, line=lines.get(path)) from error


def _plainly(error: fastjsonschema.JsonSchemaValueException, path: ValuePath) -> str:
    """The validator's finding in the words of the chart language."""
    where = _place(path)
    if extra := _unknown_keys(error):
        return f"{where} has the unknown key {extra[0]!r} (known: {', '.join(error.definition['properties'])})"
    if error.rule == "required" and isinstance(error.value, dict):
        missing = [key for key in error.definition["required"] if key not in error.value]
        return f"{where} has no {missing[0]!r} (needed: {', '.join(error.definition['required'])})"
    if error.rule == "pattern":
        pattern = error.definition["pattern"]
        kind = "one line of text" if "\\n" in pattern else f"a name in lower case, as {pattern}"
        return f"{where} must be {kind}; it is {error.value!r}"
    if error.rule == "type":
        return f"{where} must be of type {error.definition['type']}; it is {error.value!r}"
    return f"{where} {re.sub(r'^data[^ ]* ', '', error.message)}"


def _unknown_keys(error: fastjsonschema.JsonSchemaValueException) -> list[str]:
    if error.rule != "additionalProperties":
        return []
    return [key for key in error.value if key not in error.definition["properties"]]


def _place(path: ValuePath) -> str:
    if not path:
        return "the chart"
    words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).lstrip(".")


def _number(document: dict[str, Value], lines: Mapping[ValuePath, int], file: str) -> None:
    """Write into each entry the line where it stands."""
    for section in ("states", "transitions", "invariants"):
        for index, entry in enumerate(cast("list[dict[str, Value]]", document.get(section, []))):
            entry["line"] = line = lines[(section, index)]
            if "choices" in entry and (inline := [key for key in _OUTCOME if key in entry]):
                raise BadStatechart(
                    f"a transition with 'choices' has no {inline[0]!r} of its own: put it into a choice",
                    file=file,
                    line=line,
                )
            for number, choice in enumerate(cast("list[dict[str, Value]]", entry.get("choices", []))):
                choice["line"] = lines[(section, index, "choices", number)]


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)

    def one_or_more(key: str) -> AttributeOverride:
        return cattrs.gen.override(rename=key, struct_hook=lambda value, _: _names(value))

    converter.register_structure_hook(
        Choice, cattrs.gen.make_dict_structure_fn(Choice, converter, actions=one_or_more("action"))
    )
    long_form = cattrs.gen.make_dict_structure_fn(Transition, converter, sources=one_or_more("source"))
    converter.register_structure_hook(Transition, lambda value, kind: long_form(_with_choices(value), kind))
    return converter


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _with_choices(transition: dict[str, Value]) -> dict[str, Value]:
    """A transition written in short (target, guard and action inline) in the long form."""
    if "choices" in transition:
        return transition
    short = {key: transition[key] for key in _OUTCOME if key in transition}
    rest = {key: value for key, value in transition.items() if key not in short}
    return {**rest, "choices": [{**short, "summary": transition["summary"], "line": transition["line"]}]}
