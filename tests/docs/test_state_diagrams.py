"""The pictures of the site: Mermaid's text in, every state and every move of it out."""

import re
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qcaas_sdk.statechart import shipped_chart

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "extensions"))

from state_diagrams import NotUnderstood, drawn, parsed  # noqa: E402  # it lies beside the pages

LIFE = """
stateDiagram-v2
    direction LR
    %% a comment
    [*] --> made
    state "Under way" as going
    going: the server has it
    made --> going: submit [not refused] / note_status
    going --> going: poll
    state told <<choice>>
    going --> told
    told --> good: yes
    told --> bad
    good --> [*]
    bad:::red --> [*]
    note right of going: it may take long
    note left of bad
        it ended
        with an error
    end note
    classDef red fill:#f00
    class good green
"""


def texts(figure: str) -> list[str]:
    svg = ElementTree.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])
    return [unescape(text.text or "").strip() for text in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_what_mermaid_says_is_understood() -> None:
    diagram = parsed(LIFE.strip())
    assert {state.name for state in diagram.states.values() if state.kind == "state"} == {
        "made",
        "going",
        "good",
        "bad",
    }
    assert diagram.states["going"].lines == ["Under way", "the server has it"]
    assert diagram.states["told"].kind == "choice"
    assert diagram.states["bad"].classes == ["red"]
    assert diagram.states["good"].classes == ["green"]
    assert diagram.moves[1] == ("made", "going", "submit [not refused] / note_status")
    assert diagram.notes == [("going", "it may take long"), ("bad", "it ended<br/>with an error")]
    assert len(diagram.moves) == 8
    assert diagram.direction == "LR"


def test_everything_that_is_said_can_be_read_in_the_picture() -> None:
    read = " ".join(texts(drawn(LIFE.strip())))
    for words in ("made", "Under way", "the server has it", "submit [not refused] /", "note_status", "poll", "yes"):
        assert words in read
    for words in ("good", "bad", "it may take long", "it ended", "with an error"):
        assert words in read


def test_every_chart_of_the_package_is_drawn_whole() -> None:
    for name in ("job", "composite_job"):
        chart = shipped_chart(name)
        lines = ["stateDiagram-v2", f"[*] --> {chart.initial}"]
        for source, transition, choice, target in chart.arrows():
            guard = f" [{choice.guard}]" if choice.guard else ""
            lines.append(f"{source} --> {target}: {transition.trigger}{guard}")
        lines += [f"{state} --> [*]" for state in chart.final_states]
        figure = drawn("\n".join(lines))
        read = texts(figure)
        assert {state.name for state in chart.states} <= set(read)
        arrows = {(source, target) for source, _, _, target in chart.arrows()}
        assert figure.count('class="edge') == len(arrows) + 1 + len(chart.final_states)
        words = re.findall(r"\w+", " ".join(read))
        for _, transition, choice, _ in chart.arrows():
            assert transition.trigger in words
            assert choice.guard is None or choice.guard in words


def test_nothing_in_a_label_becomes_markup() -> None:
    figure = drawn('stateDiagram-v2\n    a --> b: <script>alert("x")</script> & more')
    assert "<script>" not in figure
    assert "<script>alert(" in " ".join(texts(figure))


def test_moves_without_a_word_are_drawn() -> None:
    figure = drawn("stateDiagram-v2\n    a --> b\n    a --> b\n    b --> a: back\n    note right of a:  ")
    assert figure.count('class="edge') == 3  # the note's line is one
    assert "back" in texts(figure)


def test_a_line_that_is_not_understood_is_said() -> None:
    with pytest.raises(NotUnderstood, match="state x"):
        parsed("stateDiagram-v2\n    state x {\n    }")
