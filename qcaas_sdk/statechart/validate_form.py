"""Checks the form of a chart by its JSON Schema, and finds all mistakes instead of the first."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import fastjsonschema

from qcaas_sdk.statechart.problems import Problem, did_you_mean, meant_by
from qcaas_sdk.statechart.yaml_reader import Path as ValuePath
from qcaas_sdk.statechart.yaml_reader import Places, Value

MAX_PROBLEMS = 100
"""How often the form of one chart is checked again after a mistake."""

_FILL: dict[str, Value] = {"summary": "(missing)", "bound": 1, "after": 1, "always": True}
_FILL_OF_CHART: dict[str, Value] = {"name": "chart", "version": 1}
"""What stands for a value that is missing or malformed, so that the rest can be checked."""

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
"""The types of JSON Schema, in the words of YAML."""


def check_form(document: Value, places: Places, schema: Path) -> tuple[list[Problem], bool]:
    """Check a document, and repair it so that the next mistake can be found.

    Args:
        document: What the file holds; misspelt keys are corrected in it, and missing summaries filled in.
        places: Where everything in it is.
        schema: The JSON Schema of the chart language.

    Returns:
        The mistakes, and whether the repaired document holds every entry, so that its meaning can be checked too.
    """
    problems: list[Problem] = []
    skipped: set[ValuePath] = set()
    for _ in range(MAX_PROBLEMS):
        try:
            _validator(schema)(_without(document, skipped))
        except fastjsonschema.JsonSchemaValueException as error:
            if skipped and error.rule == "minItems":  # only because entries are skipped
                break
            path = _original(tuple(int(part) if part.isdigit() else part for part in error.path[1:]), skipped)
            problems += _problems(error, path, places)
            if not _repaired(document, error, path, places):
                entry = next((path[: n + 1] for n in reversed(range(len(path))) if isinstance(path[n], int)), None)
                if entry is None:
                    return problems, False
                skipped.add(entry)
        else:
            break
    else:
        return problems, False  # there are more
    return problems, not skipped


@cache
def _validator(schema: Path) -> Callable[[Value], Value]:
    validate: Callable[[Value], Value] = fastjsonschema.compile(json.loads(schema.read_text(encoding="utf-8")))
    return validate


def _without(value: Value, skipped: set[ValuePath], path: ValuePath = ()) -> Value:
    """The document without some entries of its lists."""
    if not skipped:
        return value
    if isinstance(value, dict):
        return {key: _without(item, skipped, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, skipped, (*path, n)) for n, item in enumerate(value) if (*path, n) not in skipped]
    return value


def _original(path: ValuePath, skipped: set[ValuePath]) -> ValuePath:
    """The path in the whole document of a path in the one without the skipped entries."""
    found: ValuePath = ()
    for part in path:
        place = part
        if isinstance(place, int):
            for earlier in sorted(one[-1] for one in skipped if one[:-1] == found and isinstance(one[-1], int)):
                place += earlier <= place
        found = (*found, place)
    return found


def _problems(error: fastjsonschema.JsonSchemaValueException, path: ValuePath, places: Places) -> list[Problem]:
    """The validator's error in the terms of the chart language."""
    where = _words(path)
    keys = _known_keys(error)
    if extra := _unknown_keys(error):
        return [
            Problem(
                f"{where} has the unknown key {key!r}{did_you_mean(key, keys)} (known: {', '.join(keys)})",
                *_at((*path, key), places),
            )
            for key in extra
        ]
    line, key, word, column = _at(path, places)
    return [Problem(message, line, key, word, column) for message in _plainly(error, where)]


def _plainly(error: fastjsonschema.JsonSchemaValueException, where: str) -> list[str]:
    if error.rule == "required" and isinstance(error.value, dict):
        needed = error.definition["required"]
        if needed == ["bound"]:
            return [f"{where} is automatic and has no 'bound': write how often it can happen"]
        missing = [key for key in needed if key not in error.value]
        return [f"{where} has no {key!r} (needed: {', '.join(needed)})" for key in missing]
    if error.rule == "pattern":
        pattern = error.definition["pattern"]
        kind = "one line of text" if "\\n" in pattern else f"a lower-case name that matches {pattern}"
        return [f"{where} must be {kind}; it is {error.value!r}"]
    if error.rule == "type":
        return [f"{where} must be {_KINDS[error.definition['type']]}; it is {error.value!r}"]
    if error.rule == "oneOf":
        return [f"{where} must be a lower-case name, or a list of different names; it is {error.value!r}"]
    return [f"{where} {re.sub(r'^data[^ ]* ', '', error.message)}"]


def _at(path: ValuePath, places: Places) -> tuple[int | None, None, None, int | None]:
    while path and path not in places:
        path = path[:-1]
    line, column = places.get(path, (None, None))
    return line, None, None, column


def _known_keys(error: fastjsonschema.JsonSchemaValueException) -> list[str]:
    definition = error.definition
    return list(definition.get("properties", ())) if isinstance(definition, dict) else []


def _unknown_keys(error: fastjsonschema.JsonSchemaValueException) -> list[str]:
    """The unknown keys of an entry; if keys are missing, only those that were probably meant as them."""
    known = _known_keys(error)
    if error.rule == "additionalProperties":
        return [key for key in error.value if key not in known]
    if error.rule == "required" and isinstance(error.value, dict):
        missing = set(error.definition["required"]) - error.value.keys()
        return [key for key in error.value if key not in known and meant_by(key, known) in missing]
    return []


def _repaired(
    document: Value, error: fastjsonschema.JsonSchemaValueException, path: ValuePath, places: Places
) -> bool:
    """Whether the mistake could be taken out of the document so that everything else in it stays."""
    holder = document
    for part in path[:-1] if path else ():
        holder = holder[part]  # type: ignore[index]  # the validator has gone this way
    entry = holder[path[-1]] if path else document  # type: ignore[index]  # as above
    if (extra := _unknown_keys(error)) and isinstance(entry, dict):
        for key in extra:
            value, meant = entry.pop(key), meant_by(key, _known_keys(error))
            if meant is not None and meant not in entry:
                entry[meant], places[(*path, meant)] = value, places[(*path, key)]
        return True
    if error.rule == "required" and isinstance(entry, dict):
        missing = [key for key in error.definition["required"] if key not in entry]
        fill = _FILL if path else _FILL | _FILL_OF_CHART
        entry.update({key: fill[key] for key in missing if key in fill})
        return set(missing) <= fill.keys()
    fill = _FILL | _FILL_OF_CHART if len(path) == 1 else _FILL
    if path and path[-1] in fill and isinstance(holder, dict):
        holder[str(path[-1])] = fill[str(path[-1])]
        return True
    return False


def _words(path: ValuePath) -> str:
    if not path:
        return "the chart"
    words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).lstrip(".")
