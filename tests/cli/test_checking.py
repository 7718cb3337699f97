"""`qcaas chart check`: every mistake of a file, each where it is."""

from pathlib import Path

import pytest

from qcaas_sdk.statechart import shipped_file
from tests.cli.test_commands import qcaas

WRONG = """\
name: oven
summary: An oven with many mistakes.
initial: cold
reset: clean
states:
  - {name: cold, summary: It is off.}
  - name: on
    summary: It is switched on.
    states:
      - {name: warm, summary: It heats.}
      - {name: hot, summary: It bakes.}
  - {name: attic, summary: Nobody puts it here.}
  - name: over
    summary: It does nothing more.
    final: true
    states:
      - {name: done, summary: The cake is ready.}
      - {name: burnt, summary: The cake is burnt., final: false}
choices:
  - name: reading
    summary: What the thermometer says.
    branches:
      - {guard: too_hot, target: burned, summary: It is burnt.}
      - {guard: hot_enough, target: hot, summary: It is hot.}
transitions:
  - {trigger: press, source: cold, target: on, summary: Switch it on.}
  - {trigger: look, source: on, effect: measure, choice: reading, summary: Look at the thermometer.}
  - {trigger: press, source: [on, hot], target: done, summary: Switch it off.}
  - {always: true, source: warm, target: hot, summary: It gets hot by itself.}
  - {always: true, source: hot, target: warm, bound: 9, summary: It cools by itself.}
  - {after: 600, source: hot, trigger: pres, bound: 1, summary: It switches itself off.}
  - {trigger: open, source: on, bound: 2, summary: Look inside.}
  - {trigger: eat, source: done, target: cold, summary: Eat the cake.}
  - {trigger: clean, source: over, target: cold, sumary: Clean it.}
"""

TOLD = """\
18:52: 'burnt' is within 'over', so it is final: remove 'final'
12:12: the state 'attic' cannot be reached from 'cold'
23:34: the target 'burned' is not known; did you mean 'burnt'? (known: cold, warm, hot, attic, done, burnt)
26:44: the target 'on' is a superstate: name the state in it (warm, hot)
27:58: 'look' has no branch for what no guard of 'reading' covers: end its choices with one without a guard
28:35: 'on' stands for 'hot' too: remove 'hot'
29:5: automatic transitions lead in a circle (warm -> hot -> warm): put a delay or a trigger between them
29:5: transitions[3] is automatic and has no 'bound': write how often it can happen
31:40: the trigger that it fires, 'pres' is not known; did you mean 'press'? (known: press, look, open, eat, clean)
32:33: 'open' happens as often as it is fired: remove 'bound', or write 'always' or 'after'
33:28: the state 'done' is final, but 'eat' leaves it; only the reset of the chart (clean) may
34:50: transitions[8] has the unknown key 'sumary'; did you mean 'summary'? (known: trigger, always, after, bound, source, when, summary, effect, guard, target, action, choice, summaries, choices)
"""  # noqa: E501


def test_every_mistake_of_a_file_is_printed_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oven.yaml").write_text(WRONG, encoding="utf-8")
    code, out, err = qcaas("chart", "check", "oven.yaml")
    lines = out.splitlines()
    assert sorted(lines) == sorted(f"oven.yaml:{line}" for line in TOLD.splitlines())
    places = [tuple(map(int, line.split(":")[1:3])) for line in lines]
    assert places == sorted(places)
    assert (code, err) == (2, "qcaas: 12 mistakes in oven.yaml\n")


def test_a_chart_without_a_mistake_is_counted() -> None:
    files = [str(shipped_file(f"{name}.yaml")) for name in ("job", "composite_job")]
    code, out, err = qcaas("chart", "check", *files)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{files[0]}: no mistakes (6 states, 2 superstates, 1 choice point, 5 triggers)",
        f"{files[1]}: no mistakes (6 states, 2 superstates, 2 triggers)",
    ]


def test_all_files_are_checked_and_one_mistake_is_enough(tmp_path: Path) -> None:
    good, missing = str(shipped_file("job.yaml")), str(tmp_path / "missing.yaml")
    code, out, err = qcaas("chart", "check", missing, good)
    assert code == 2
    assert [line.startswith(file) for line, file in zip(out.splitlines(), (missing, good), strict=True)] == [True] * 2
    assert err == f"qcaas: 1 mistake in {missing}\n"
