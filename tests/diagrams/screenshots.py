"""`make screenshots`: everything that is drawn, as a person sees it. Needs chromium; writes build/screenshots/."""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qcaas_sdk.statechart import shipped_chart
from tests.diagrams import scenes, sketches

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
    job, composite = shipped_chart("job"), shipped_chart("composite_job")
    nested, own = sketches.nested(), sketches.of_thirty_states()
    live = scenes.third_run(lambda one: one.diagram())
    card = scenes.third_run(lambda one: one._repr_mimebundle_()["text/html"])
    many = scenes.under_way(10_000 if "--large" in sys.argv else 500, lambda all_: all_.diagram())
    pictures = {
        "job-overview": job.diagram("overview"),
        "job": job.diagram(),
        "composite": composite.diagram(),
        "nested": nested.diagram(),
        "own": own.diagram(),
        "live": live,
        "many": many,
    }
    for ground, (theme, colour) in GROUNDS.items():
        for name, diagram in pictures.items():
            page = (
                f"<meta charset=utf-8><body style='background:{colour};margin:8px'>"
                f"<pre class=mermaid>{html.escape(diagram.mermaid())}</pre><script src='{MERMAID.as_uri()}'></script>"
                f"<script>mermaid.initialize({{startOnLoad:true,securityLevel:'strict',theme:'{theme}'}})</script>"
            )
            photographed(page, f"mermaid-{name}-{ground}", 1400, 2600 if name == "own" else 1100)
        files = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
        shown = "".join(f"<p><img src='{file.as_uri()}' style='max-width:100%'></p>" for file in files)
        for width, height in ((900, 7000), (390, 4000)):
            photographed(f"<body style='background:{colour}'>{card}{shown}", f"svg-{ground}-{width}", width, height)
    for name, diagram in pictures.items():
        diagram.save(OUT / f"{name}.png")
        print(OUT / f"{name}.png")


if __name__ == "__main__":
    main()
