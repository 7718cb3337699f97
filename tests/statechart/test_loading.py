"""A chart file becomes a chart, or an error that says file, line, what is wrong and what is known."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import load_chart, parse_chart, shipped_chart, shipped_file
from tests.statechart.charts import LAMP


def line_of(text: str, needle: str, nth: int = 1) -> int:
    """The line of the nth line that holds `needle`, counted from 1."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if needle in line]
    return lines[nth - 1]


def refused(text: str) -> BadStatechart:
    with pytest.raises(BadStatechart) as caught:
        parse_chart(text, file="lamp.yaml")
    assert caught.value.file == "lamp.yaml"
    assert str(caught.value).startswith("lamp.yaml")
    return caught.value


def test_a_good_chart_is_read_whole() -> None:
    chart = parse_chart(LAMP)
    assert [state.name for state in chart.states] == ["dark", "lit", "broken"]
    assert chart.final_states == {"broken"}
    assert chart.triggers == ("press", "look", "replace")
    assert chart.legal("dark") == ("press", "look")
    press = chart.transition("dark", "press")
    assert press is not None
    assert press.effect == "try_current"
    assert [(c.guard, c.target, c.actions) for c in press.choices] == [
        ("filament_gone", "broken", ("count", "mourn")),
        (None, "lit", ("count",)),
    ]
    look = chart.transition("lit", "look")
    assert look is not None
    assert [c.target for c in look.choices] == [None], "without a target the state stays"
    assert chart.transition("broken", "press") is None


def test_a_file_is_read_like_text(tmp_path: Path) -> None:
    file = tmp_path / "lamp.yaml"
    file.write_text(LAMP, encoding="utf-8")
    assert load_chart(file) == parse_chart(LAMP)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadStatechart, match=r"nowhere\.yaml: the chart cannot be read"):
        load_chart(tmp_path / "nowhere.yaml")


def test_the_shipped_job_chart_has_the_six_states() -> None:
    chart = shipped_chart("job")
    assert [s.name for s in chart.states] == ["created", "submitted", "running", "completed", "failed", "cancelled"]
    assert chart.initial == "created"
    assert chart.final_states == {"completed", "failed", "cancelled"}


def test_a_shipped_file_that_does_not_exist_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadStatechart, match="job"):
        shipped_file("jop.yaml")


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n"])
def test_words_that_yaml_1_1_takes_for_booleans_stay_words(word: str) -> None:
    text = LAMP.replace("dark", word)
    assert [state.name for state in parse_chart(text).states] == [word, "lit", "broken"]


BROKEN = {
    "a typo in a target": (
        ("target: lit", "target: litt"),
        "- target: litt",
        "the target 'litt' is not known; did you mean 'lit'? (known: dark, lit, broken)",
    ),
    "a typo in a source": (
        ("source: lit", "source: litt"),
        "source: litt",
        "the source 'litt' is not known; did you mean 'lit'? (known: dark, lit, broken)",
    ),
    "a duplicate state": (("- name: lit", "- name: dark"), "- name: dark", "the state 'dark' is defined twice"),
    "a misspelt initial state": (("initial: dark", "initial: darc"), None, "the initial state 'darc' is not known"),
    "no final state": (("    final: true\n", ""), None, "no state is final"),
    "a final initial state": (
        ("summary: It gives no light.", "summary: It gives no light.\n    final: true"),
        "- name: dark",
        "must not be final",
    ),
    "an unknown key": (
        ("guard: filament_gone", "gaurd: filament_gone"),
        "gaurd",
        "unknown key 'gaurd'; did you mean 'guard'? (known: guard",
    ),
    "a missing key": (("    summary: It gives light.\n", ""), "- name: lit", "has no 'summary'"),
    "an unguarded choice before another": (
        ("      - guard: filament_gone\n        target: broken", "      - target: broken"),
        "- target: broken",
        "has no guard but is not the last",
    ),
    "a trigger declared twice for a state": (
        ("source: lit", "source: dark"),
        "- trigger: press",
        "declared twice for the state 'dark'",
    ),
    "a way out of an end that is not the reset": (
        ("reset: replace\n", ""),
        "source: broken",
        "'broken' is final, but 'replace' leaves it",
    ),
    "a reset nobody declares": (("reset: replace", "reset: replaice"), None, "the reset trigger 'replaice'"),
    "a reset that leads out of more than ends": (
        ("    source: broken", "    source: [lit, broken]"),
        "- trigger: replace",
        "its sources must be final states",
    ),
    "choices beside a target of one's own": (
        ("    effect: try_current", "    target: lit"),
        "    target: lit",
        "a transition with 'choices' cannot have its own 'target'",
    ),
    "a name with capitals": (("- name: lit", "- name: Lit"), "- name: Lit", "must be a lower-case name"),
    "a list for a name": (
        ("reset: replace", "reset: [replace]"),
        "reset: [replace]",
        "must be text; it is ['replace']",
    ),
    "a summary of two lines": (
        ("summary: Switch it off.", 'summary: "Switch it\\noff."'),
        "Switch it\\noff",
        "must be one line of text",
    ),
    "a key that stands twice": (
        ("initial: dark", "initial: dark\ninitial: lit"),
        "initial: lit",
        "the key 'initial' occurs twice",
    ),
    "an anchor": (("- name: lit", "- &lit\n    name: lit"), None, "cannot have anchors or aliases"),
    "a tag": (("name: lamp", "name: !!python/name:os.system lamp"), "!!python", "not part of the chart language"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_chart_is_refused_with_its_line(case: str) -> None:
    (old, new), needle, message = BROKEN[case]
    text = LAMP.replace(old, new, 1)
    assert text != LAMP
    error = refused(text)
    assert message in str(error)
    if needle is not None:
        assert error.line in {line_of(text, needle, nth) for nth in range(1, text.count(needle) + 1)}


def test_an_unreachable_state_is_refused_at_its_line() -> None:
    text = LAMP.replace("  - name: broken", "  - name: lost\n    summary: Nobody comes here.\n  - name: broken")
    error = refused(text)
    assert "'lost' cannot be reached from 'dark'" in str(error)
    assert error.line == line_of(text, "name: lost")


def test_a_state_that_leads_nowhere_is_refused() -> None:
    text = LAMP.replace("  - name: broken", "  - name: stuck\n    summary: No way out.\n  - name: broken").replace(
        "  - trigger: look",
        "  - trigger: jam\n    source: dark\n    target: stuck\n    summary: Oh.\n  - trigger: look",
    )
    error = refused(text)
    assert "from the state 'stuck' no final state can be reached" in str(error)


@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "[]", "states", "{a: [", "a: b: c", "\t", "--- {}\n--- {}"]
)
def test_what_is_no_chart_at_all_is_refused(text: str) -> None:
    refused(text)


@given(st.text(max_size=200))
def test_no_text_whatever_raises_anything_but_bad_statechart(text: str) -> None:
    try:
        parse_chart(text)
    except BadStatechart as error:
        assert str(error).startswith("<chart>")


@given(st.data())
def test_no_line_taken_out_or_doubled_raises_anything_but_bad_statechart(data: st.DataObject) -> None:
    lines = LAMP.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    doubled = data.draw(st.booleans())
    text = "\n".join(lines[:index] + ([lines[index]] * 2 if doubled else []) + lines[index + 1 :])
    try:
        chart = parse_chart(text)
    except BadStatechart as error:
        assert error.line is None or 1 <= error.line <= len(lines) + 1
    else:
        assert chart.initial in {state.name for state in chart.states}


def test_a_chart_that_is_too_long_is_refused_before_it_is_read() -> None:
    error = refused(LAMP.replace("A lamp", "A" * 3_000_000))
    assert "a chart has at most 1000000" in str(error)


@pytest.mark.parametrize("opening", ["[", "a: [", "- "])
def test_a_chart_that_is_too_deep_is_refused(opening: str) -> None:
    assert refused(opening * 900).line in {None, 1}


def test_lists_that_are_too_deep_are_refused_where_they_are() -> None:
    error = refused("name: [" + "[" * 150 + "]" * 151)
    assert "more than 100 deep" in str(error)
    assert (error.line, error.column) == (1, 107)


def test_a_second_document_is_refused() -> None:
    error = refused(f"{LAMP}---\nname: other\n")
    assert "a chart is one document" in str(error)
    assert error.line == len(LAMP.splitlines()) + 1


def test_every_key_that_occurs_twice_is_told_with_the_other_mistakes() -> None:
    text = LAMP.replace("initial: dark", "initial: darc\nreset: replace").replace(
        "  - name: lit\n", "  - name: lit\n    name: [dark, {a: b}]\n"
    )
    lines = [str(one).partition(": ")[2] for one in refused(text).problems]
    assert lines[0].startswith("the initial state 'darc' is not known")
    assert lines[1:] == ["the key 'reset' occurs twice", "the key 'name' occurs twice"]


def test_a_malformed_value_hides_no_other_mistake() -> None:
    text = LAMP.replace("name: lamp", "name: Lamp\nversion: 0").replace("target: lit", "target: litt")
    lines = [str(one).partition(": ")[2] for one in refused(text).problems]
    assert [line.partition(" must be")[0] for line in lines[:2]] == ["name", "version"]
    assert lines[2].startswith("the target 'litt' is not known")
    assert len(lines) == 3


def test_with_too_many_mistakes_of_form_the_meaning_is_not_checked() -> None:
    states = "".join(f"  - {{name: s{number}, summary: S., colour: red}}\n" for number in range(120))
    error = refused(LAMP.replace("states:\n", f"states:\n{states}", 1).replace("target: lit", "target: 5"))
    assert len(error.problems) == 100
    assert all("unknown key 'colour'" in str(one) for one in error.problems)


@pytest.mark.parametrize("seconds", ["1.0e+400", "31536001", "0", "-1", ".inf", ".nan"])
def test_a_delay_is_a_number_of_seconds_in_a_year(seconds: str) -> None:
    rule = f"  - {{after: {seconds}, source: lit, target: dark, bound: 1, summary: S.}}\ninvariants:"
    (problem,) = refused(LAMP.replace("invariants:", rule)).problems
    assert ".after must be" in str(problem)


def big(states: int, target: str = "s{}") -> str:
    """A chart with many states in a row."""
    names = "".join(f"  - {{name: s{number}, summary: S.}}\n" for number in range(states))
    rules = "".join(
        f"  - {{trigger: go, source: s{number}, target: {target.format(number + 1)}, summary: S.}}\n"
        for number in range(states)
    )
    end = f"  - {{name: s{states}, summary: S., final: true}}\n"
    return f"name: big\nsummary: S.\ninitial: s0\nstates:\n{names}{end}transitions:\n{rules}"


def calls_of(text: str) -> int:
    """How many functions of the loader are called for a chart, sound or not."""
    calls = 0

    def count(_frame: object, event: str, _: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        with suppress(BadStatechart):
            parse_chart(text)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("target", ["s{}", "q{}"], ids=["sound", "with a mistake in every line"])
@pytest.mark.slow
def test_the_work_grows_with_the_length_of_a_chart_and_not_faster(target: str) -> None:
    small, large = (calls_of(big(states, target)) for states in (400, 1600))
    assert large < 5 * small


def test_a_message_lists_only_some_of_many_known_names() -> None:
    (problem, *_) = refused(big(100, "q{}")).problems[-1:]
    assert str(problem).endswith("s28, s29, and 71 more)")


def test_the_states_of_children_that_no_rule_tells_apart_are_tried_as_one(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text(big(400), encoding="utf-8")
    fleet = tmp_path / "fleet.yaml"
    text = (
        "name: fleet\nsummary: S.\ninitial: idle\nreset: again\nchildren: big\n"
        "states:\n  - {name: idle, summary: S.}\n  - {name: over, summary: S., final: true}\n"
        "join:\n  - {all: s400, state: over, summary: S.}\n  - {any: [s0, s9], state: idle, summary: S.}\n"
    )
    fleet.write_text(f"{text}  - {{state: idle, summary: S.}}\n", encoding="utf-8")
    assert load_chart(fleet).join[-1].guard is None
    fleet.write_text(text, encoding="utf-8")
    with pytest.raises(BadStatechart, match="no rule covers children that are s1: end the join"):
        load_chart(fleet)
