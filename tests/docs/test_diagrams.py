"""The diagrams in README, statecharts/ and docs/ say what the charts say."""

import runpy
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from qcaas_sdk.statechart import shipped_chart
from tests.diagrams import reading

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_none_of_them_is_stale() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "draw.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_picture_of_a_jobs_chart_holds_all_that_the_chart_says() -> None:
    chart = shipped_chart("job")
    svg = (ROOT / "docs" / "pictures" / "job.svg").read_text(encoding="utf-8")
    assert reading.of_svg(svg, chart) == reading.of_chart(chart)


def test_the_picture_of_a_composites_chart_holds_its_states_and_moves() -> None:
    chart = shipped_chart("composite_job")
    drawn = reading.of_svg((ROOT / "docs" / "pictures" / "composite_job.svg").read_text(encoding="utf-8"), chart)
    expected = reading.of_chart(chart)
    assert (drawn.initial, drawn.states, drawn.finals) == (expected.initial, expected.states, expected.finals)
    moves = {outcome[:3] for outcome in expected.outcomes if outcome[0] != outcome[1]}
    assert {outcome[:3] for outcome in drawn.outcomes} == moves


def test_a_page_that_is_stale_is_found() -> None:
    draw = runpy.run_path(str(ROOT / "docs" / "draw.py"))
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (readme,) = [content for path, _, content in draw["blocks"]() if path.name == "README.md" and path.parent == ROOT]
    assert draw["with_block"](page, "job", readme) == page
    assert draw["with_block"](page, "job", readme.replace("cancel", "give_up")) != page
    with pytest.raises(SystemExit, match="no markers"):
        draw["with_block"]("no markers here", "job", readme)


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "pictures").glob("*.svg")), ids=lambda path: path.name)
def test_every_picture_is_an_svg_whose_text_is_text(picture: Path) -> None:
    root = ET.parse(picture).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    if "drawn by `make diagrams`" in picture.read_text(encoding="utf-8"):
        assert len(reading.svg_texts(root)) > 5
