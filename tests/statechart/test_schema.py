"""The schema and the loader agree: what an editor shows in red is what the loader refuses for its form."""

import copy
import hashlib
import json
from typing import Any

import fastjsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import parse_chart, shipped_file
from qcaas_sdk.statechart.parse import KNOWN_FORM
from qcaas_sdk.statechart.validate_form import check_form
from qcaas_sdk.statechart.yaml_reader import read_yaml
from qcaas_sdk.testing.stateful.chart_documents import compositions, documents, extensions
from tests.statechart.test_extension import CAREFUL
from tests.statechart.test_join import TEAM
from tests.statechart.test_language import KETTLE

CHARTS = {"kettle": KETTLE, "team": TEAM, "careful": CAREFUL}
SCHEMA = json.loads(shipped_file("schema.json").read_text(encoding="utf-8"))
VALIDATE = fastjsonschema.compile(SCHEMA)

Place = tuple[str | int, ...]


def fits(document: Any) -> bool:
    try:
        VALIDATE(document)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def places(value: Any, path: Place = ()) -> list[Place]:
    """Every value in a document, by its path."""
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*found, *(place for key, inner in entries for place in places(inner, (*path, key)))]


@st.composite
def changed_charts(draw: st.DrawFn) -> Any:
    """A chart, one of the above or one that the kit draws, with one value removed, replaced, doubled or renamed."""
    written = st.sampled_from([yaml.safe_load(text.replace(": on", ": 'on'")) for text in CHARTS.values()])
    drawn = st.one_of(documents(4, automatic=True), extensions(), compositions())
    document = copy.deepcopy(draw(st.one_of(written, drawn)))
    *way, last = draw(st.sampled_from(places(document)))
    holder = document
    for part in way:
        holder = holder[part]
    value = holder[last]
    match draw(st.sampled_from(["remove", "replace", "rename", "double"])):
        case "remove":
            del holder[last]
        case "replace":
            holder[last] = draw(
                st.sampled_from([True, 0, 1.5, -1, "", "a b", "Name", [], {}, ["name"], {"name": "x"}])
            )
        case "rename" if isinstance(holder, dict):
            del holder[last]
            holder[draw(st.sampled_from(["nam", "extra", "guard", "states", "bound", "after", "choice"]))] = value
        case _ if isinstance(holder, list):
            holder.append(copy.deepcopy(value))
    return document


@given(changed_charts())
def test_the_loader_finds_a_mistake_of_form_if_and_only_if_the_schema_does(document: Any) -> None:
    text = yaml.safe_dump(document, sort_keys=False)
    value, where, _ = read_yaml(text, "changed.yaml")
    form, _ = check_form(value, where, shipped_file("schema.json"))
    assert bool(form) != fits(document)
    try:
        parse_chart(text, file="changed.yaml")
    except BadStatechart as error:
        assert len(error.problems) >= max(1, len(set(form)))
        assert all(str(problem).startswith("changed.yaml:") for problem in error.problems)
    else:
        assert not form


@given(st.one_of(documents(6, automatic=True), extensions(), compositions()))
def test_a_chart_without_a_mistake_fits_the_schema_and_is_loaded(document: Any) -> None:
    assert fits(document)
    chart = parse_chart(yaml.safe_dump(document, sort_keys=False), file="drawn.yaml")
    assert {state["name"] for state in document["states"] if "states" not in state} <= {s.name for s in chart.states}


@pytest.mark.parametrize("name", CHARTS)
def test_the_charts_fit(name: str) -> None:
    parse_chart(CHARTS[name])
    assert fits(yaml.safe_load(CHARTS[name].replace(": on", ": 'on'")))


def test_every_key_of_the_language_is_described_for_editors() -> None:
    entries = {"": SCHEMA, **SCHEMA["definitions"]}
    for name, entry in entries.items():
        for key, value in entry.get("properties", {}).items():
            described = "description" in value or "$ref" in value or value.get("items", {}).get("$ref")
            assert described, f"{name}.{key}"


def test_the_form_of_charts_that_are_not_checked_at_load_is_right() -> None:
    """If this fails because you changed a chart: check it with `qcaas chart check`, and put its digest there."""
    digests = set()
    for name in ("job.yaml", "composite_job.yaml"):
        text = shipped_file(name).read_text(encoding="utf-8")
        digests.add(hashlib.sha256(text.encode()).hexdigest())
        assert check_form(*read_yaml(text, name)[:2], shipped_file("schema.json")) == ([], True)
    assert digests == KNOWN_FORM
