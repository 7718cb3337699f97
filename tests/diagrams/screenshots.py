"""`make screenshots`: everything that is drawn, as a person sees it. Needs chromium; writes build/screenshots/."""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qcaas_sdk.statechart import Chart, parse_chart, shipped_chart
from tests.diagrams import scenes

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "screenshots"
MERMAID = ROOT / "tests" / "diagrams" / "mermaid" / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
GROUNDS = {"light": ("default", "#ffffff"), "dark": ("dark", "#0d1117")}
# fmt: off
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--virtual-time-budget=10000",
]
# fmt: on


def of_thirty_states() -> Chart:
    """A user's chart: a pipeline of 26 stages with retries, and four ends."""
    ends = ["done", "rejected", "broken", "stopped"]
    lines = ["name: pipeline", "summary: Many stages, each with a way out.", "initial: stage_1", "states:"]
    lines += [f"  - {{name: stage_{n}, summary: The work of stage {n} is under way.}}" for n in range(1, 27)]
    lines += [f"  - {{name: {end}, summary: It is {end}., final: true}}" for end in ends]
    lines.append("transitions:")
    for n in range(1, 27):
        onward = f"stage_{n + 1}" if n < 26 else "done"
        lines += [f"  - trigger: work_{n}", f"    source: stage_{n}", "    summary: Go on.", "    effect: run"]
        lines += ["    choices:", f"      - {{guard: passed, target: {onward}, summary: On.}}"]
        if n % 6 == 0:
            lines.append(f"      - {{guard: again, target: stage_{n - 3}, summary: Once more.}}")
            lines.append(f"      - {{guard: refused, target: {ends[n // 6 % 4]}, summary: Out.}}")
        lines.append("      - {summary: Not yet.}")
    lines += ["  - {trigger: abort, source: [stage_5, stage_20], target: stopped, summary: Stop.}"]
    lines += ["  - {trigger: smash, source: stage_10, target: broken, summary: Break.}"]
    return parse_chart("\n".join(lines))


def photographed(page: str, name: str, width: int, height: int) -> None:
    """Have a browser show a page, and keep what it shows."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("there is no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        shot = [
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            f"--screenshot={OUT / name}.png",
        ]
        subprocess.run([browser, *OPTIONS, *shot, file.as_uri()], check=True, capture_output=True, timeout=120)
    print(f"{OUT / name}.png")


def main() -> None:
    """Take them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    job, composite, own = shipped_chart("job"), shipped_chart("composite_job"), of_thirty_states()
    live = scenes.third_run(lambda one: one.diagram())
    many = scenes.under_way(10_000 if "--large" in sys.argv else 500, lambda all_: all_.diagram())
    texts = {
        "job-moves": job.diagram("triggers"),
        "job-guards": job.diagram(),
        "composite-moves": composite.diagram("triggers"),
        "own": own.diagram("triggers"),
        "live": live,
        "many": many,
    }
    for ground, (theme, colour) in GROUNDS.items():
        for name, diagram in texts.items():
            page = (
                f"<meta charset=utf-8><body style='background:{colour};margin:8px'>"
                f"<pre class=mermaid>{html.escape(diagram.mermaid())}</pre><script src='{MERMAID.as_uri()}'></script>"
                f"<script>mermaid.initialize({{startOnLoad:true,securityLevel:'strict',theme:'{theme}'}})</script>"
            )
            photographed(page, f"mermaid-{name}-{ground}", 1400, 2600 if name == "own" else 1100)
        files = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
        shown = "".join(f"<p><img src='{file.as_uri()}' style='max-width:100%'></p>" for file in files)
        photographed(f"<meta charset=utf-8><body style='background:{colour}'>{shown}", f"svg-{ground}", 1200, 6400)
    own.diagram().save(OUT / "own.png")
    print(OUT / "own.png")


if __name__ == "__main__":
    main()
