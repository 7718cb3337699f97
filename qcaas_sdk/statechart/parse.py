"""From text to a checked `Chart`: YAML, then the schema, then the meaning."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import cast

import cattrs
import cattrs.gen
import fastjsonschema

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.chart import Chart, Choice, TransitionRule
from qcaas_sdk.statechart.validate import check_chart
from qcaas_sdk.statechart.yaml_reader import Path as ValuePath
from qcaas_sdk.statechart.yaml_reader import Value, read_yaml

_OUTCOME = ("guard", "target", "action")


def parse(text: str, file: str, schema: Path) -> Chart:
    """Read a chart from text.

    Args:
        text: A YAML document.
        file: Its name in messages.
        schema: The JSON Schema of the chart language.

    Raises:
        BadStatechart: Something in it is wrong.
    """
    document, lines = read_yaml(text, file)
    _check_schema(document, lines, file, schema)
    plain = cast("dict[str, Value]", document)  # the schema has checked it
    _number(plain, lines, file)
    rules = plain.pop("transitions")
    chart = _converter().structure({**plain, "rules": rules, "file": file}, Chart)
    check_chart(chart)
    return chart


@cache
def _validator(schema: Path) -> Callable[[Value], Value]:
    validate: Callable[[Value], Value] = fastjsonschema.compile(json.loads(schema.read_text(encoding="utf-8")))
    return validate


def _check_schema(document: Value, lines: Mapping[ValuePath, int], file: str, schema: Path) -> None:
    try:
        _validator(schema)(document)
    except fastjsonschema.JsonSchemaValueException as error:
        path = tuple(int(part) if part.isdigit() else part for part in error.path[1:])
        message = _plainly(error, path)
        while path and path not in lines:
            path = path[:-1]
        if isinstance(error.value, dict) and (extra := _unknown_keys(error)):
            path = (*path, extra[0])
        raise BadStatechart(message, file=file, line=lines.get(path)) from error


def _plainly(error: fastjsonschema.JsonSchemaValueException, path: ValuePath) -> str:
    """The validator's error in the terms of the chart language."""
    where = _place(path)
    if extra := _unknown_keys(error):
        return f"{where} has the unknown key {extra[0]!r} (known: {', '.join(error.definition['properties'])})"
    if error.rule == "required" and isinstance(error.value, dict):
        missing = [key for key in error.definition["required"] if key not in error.value]
        return f"{where} has no {missing[0]!r} (needed: {', '.join(error.definition['required'])})"
    if error.rule == "pattern":
        pattern = error.definition["pattern"]
        kind = "one line of text" if "\\n" in pattern else f"a lower-case name that matches {pattern}"
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
    """Add to each entry its line."""
    for section in ("states", "transitions", "invariants"):
        for index, entry in enumerate(cast("list[dict[str, Value]]", document.get(section, []))):
            entry["line"] = line = lines[(section, index)]
            if "choices" in entry and (inline := [key for key in _OUTCOME if key in entry]):
                raise BadStatechart(
                    f"a transition with 'choices' cannot have its own {inline[0]!r}: put it into a choice",
                    file=file,
                    line=line,
                )
            for number, choice in enumerate(cast("list[dict[str, Value]]", entry.get("choices", []))):
                choice["line"] = lines[(section, index, "choices", number)]


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    override, make = cattrs.gen.override, cattrs.gen.make_dict_structure_fn
    actions = override(rename="action", struct_hook=_names)
    sources = override(rename="source", struct_hook=_names)
    converter.register_structure_hook(Choice, make(Choice, converter, actions=actions))
    long_form = make(TransitionRule, converter, sources=sources)
    converter.register_structure_hook(TransitionRule, lambda value, kind: long_form(_with_choices(value), kind))
    return converter


def _names(value: str | list[str], _: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _with_choices(transition: dict[str, Value]) -> dict[str, Value]:
    """The long form of a transition whose target, guard and action are inline."""
    if "choices" in transition:
        return transition
    short = {key: transition[key] for key in _OUTCOME if key in transition}
    rest = {key: value for key, value in transition.items() if key not in short}
    return {**rest, "choices": [{**short, "summary": transition["summary"], "line": transition["line"]}]}
