"""`make diagrams`: draws the diagrams of README, statecharts/README.md and docs/.

`--check` draws nothing and fails if a file would change. Tables stand between markers in the pages and
are compared letter by letter. An SVG says in its first line what it was drawn from, and that is compared: coordinates
depend on the fonts of the machine.
"""

import re
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from qcaas_sdk import Chart  # noqa: E402
from qcaas_sdk.diagrams import Diagram, SequenceDiagram, Timeline  # noqa: E402
from qcaas_sdk.diagrams.composite import condition  # noqa: E402
from qcaas_sdk.diagrams.full import STAYS  # noqa: E402
from qcaas_sdk.statechart import Choice, parse_chart, shipped_chart  # noqa: E402
from tests.diagrams import scenes  # noqa: E402

BANNER = "drawn by `make diagrams`: change the chart, not this"
PICTURES = ROOT / "docs" / "pictures"


def blocks() -> Iterator[tuple[Path, str, str]]:
    """What stands between markers: page, name of the block, content."""
    for chart in (shipped_chart("job"), shipped_chart("composite_job")):
        yield ROOT / "statecharts" / "README.md", f"{chart.name} table", table(chart)


def pictures() -> Iterator[tuple[str, Diagram | SequenceDiagram | Timeline, str]]:
    """The SVG files of docs/pictures: name, picture, and the text that says what is drawn."""
    job, composite = shipped_chart("job"), shipped_chart("composite_job")
    own = parse_chart(chart_in(ROOT / "docs" / "charts.md"))
    for name, diagram in (
        ("job-overview.svg", job.diagram("overview")),
        ("job.svg", job.diagram()),
        ("composite_job.svg", composite.diagram()),
        ("calibration.svg", own.diagram()),
        ("first-job.svg", scenes.first_run(lambda job: job.diagram())),
        ("job-live.svg", scenes.third_run(lambda job: job.diagram())),
        ("composite-live.svg", scenes.under_way(500, lambda composite: composite.diagram())),
    ):
        yield name, diagram, diagram.dot()
    sequence = scenes.lost_answer(lambda job: job.sequence_diagram())
    yield "job-sequence.svg", sequence, str(sequence)
    for name, timeline in (
        ("job-timeline.svg", scenes.third_run(lambda job: job.timeline())),
        ("composite-timeline.svg", scenes.under_way(20, lambda composite: composite.timeline())),
        ("many-timeline.svg", scenes.under_way(500, lambda composite: composite.timeline())),
    ):
        yield name, timeline, str(timeline)


def chart_in(page: Path) -> str:
    """The chart that the first block of Python of a page holds."""
    (text,) = re.findall(r'^CHART = """\n(.*?)"""', page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(text)


def table(chart: Chart) -> str:
    """Every outcome of a chart as a line of a table: its choice points first, or the rules of its join."""
    if chart.join:
        rows = [f"| {condition(rule)} | {rule.state} | {rule.summary} |" for rule in chart.join]
        return "\n".join(["| the first rule that is true | state | reason |", "| --- | --- | --- |", *rows])
    lines = []
    for point in chart.choices:
        lines += [f"| ◇ {point.name} | guard | to | reason |", "| --- | --- | --- | --- |"]
        lines += [f"| | {cells(branch)} |" for branch in point.branches]
        lines.append("")
    lines += ["| from | trigger / effect | guard | to | reason |", "| --- | --- | --- | --- | --- |"]
    for rule in chart.rules:
        asked = f"`{rule.trigger}`" + (f" / `{rule.effect}`" if rule.effect else "")
        begin = f"{', '.join(rule.sources)} | {asked}"
        if rule.choice is not None:
            lines.append(f"| {begin} | | ◇ {rule.choice} | {rule.summary} |")
            begin = " | "
        for branch in rule.choices:
            lines.append(f"| {begin} | {cells(branch, alone=len(rule.choices) == 1 and rule.choice is None)} |")
            begin = " | "
    return "\n".join(lines)


def cells(branch: Choice, *, alone: bool = False) -> str:
    """Guard, target and reason of a branch."""
    guard = f"`{branch.guard}`" if branch.guard else "" if alone else "else"
    return f"{guard} | {branch.target or STAYS} | {branch.summary}"


def with_block(text: str, name: str, content: str) -> str:
    """A page with another content between the markers of a block."""
    begin, end = f"<!-- begin {name}: {BANNER} -->", f"<!-- end {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"there are no markers for {name!r}: write\n{begin}\n{end}")
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def stale() -> Iterator[tuple[Path, str]]:
    """The files that do not say what the charts say, each with what it should hold."""
    pages: dict[Path, str] = {}
    for page, name, content in blocks():
        pages[page] = with_block(pages.get(page) or page.read_text(encoding="utf-8"), name, content)
    yield from ((page, text) for page, text in pages.items() if text != page.read_text(encoding="utf-8"))
    for name, picture, said in pictures():
        path = PICTURES / name
        mark = f"<!-- {BANNER}; {blake2b(said.encode(), digest_size=12).hexdigest()} -->\n"
        if not path.exists() or not path.read_text(encoding="utf-8").startswith(mark):
            svg = picture.svg()
            yield path, mark + svg[svg.index("<svg") :]


def main() -> None:
    """Draw what is stale, or say that it is."""
    check = "--check" in sys.argv
    found = list(stale())
    for path, text in found:
        if check:
            print(f"{path.relative_to(ROOT)} is stale: run `make diagrams`")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"drawn: {path.relative_to(ROOT)}")
    sys.exit(bool(found) if check else 0)


if __name__ == "__main__":
    main()
