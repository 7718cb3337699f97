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


def test_the_pictures_of_the_charts_say_what_the_charts_say() -> None:
    for name, view in (("job", "full"), ("job-overview", "overview"), ("composite_job", "full")):
        picture = shipped_chart(name.removesuffix("-overview")).diagram(view).picture
        texts = reading.svg_texts(ET.parse(ROOT / "docs" / "pictures" / f"{name}.svg").getroot())
        lines = [line for arrow in picture.arrows for line in arrow.lines]
        for part in (*picture.nodes, *picture.regions):
            lines += [part.name, *part.lines]
        assert set(lines) <= set(texts)


def test_the_readme_and_the_site_open_with_the_overview_the_code_and_the_counts() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        text = page.read_text(encoding="utf-8")
        overview, code, counts = (text.index(part) for part in ("job-overview.svg", "# first.py", "COMPLETED {"))
        assert overview < code < counts
        assert text[:counts].count("\n") < 50


def test_a_page_that_is_stale_is_found() -> None:
    draw = runpy.run_path(str(ROOT / "docs" / "draw.py"))
    page = (ROOT / "statecharts" / "README.md").read_text(encoding="utf-8")
    (content,) = [content for _, name, content in draw["blocks"]() if name == "job table"]
    assert draw["with_block"](page, "job table", content) == page
    assert draw["with_block"](page, "job table", content.replace("cancel", "give_up")) != page
    with pytest.raises(SystemExit, match="no markers"):
        draw["with_block"]("no markers here", "job table", content)


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "pictures").glob("*.svg")), ids=lambda path: path.name)
def test_every_picture_is_an_svg_whose_text_is_text(picture: Path) -> None:
    root = ET.parse(picture).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    if "drawn by `make diagrams`" in picture.read_text(encoding="utf-8"):
        assert len(reading.svg_texts(root)) > 5
        assert float((root.get("width") or "").removesuffix("pt")) <= 900
