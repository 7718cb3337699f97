"""The live page while 10,000 jobs end at 500 a second: its frames, its process, and what the campaign pays for it.

First the page alone, with a journal that is written at exactly that rate. Then campaigns with and without a page take
turns. Their CPU time counts, not their wall time: on a small machine the browser takes its share of that. A frame is
the time between two frames of the page. A task is what the main thread of the page does at once; its CPU time does
not depend on what else the machine does.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.composite import HERE, server

JOBS = 10_000
PER_SECOND = 500
PAIRS, ROUNDS = 5, 3
ENDED = f"{JOBS:,} of {JOBS:,} jobs ended"

METER = """() => {
    window.gaps = [];
    let before = performance.now();
    const frame = (now) => { window.gaps.push(now - before); before = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
TRACED = ["toplevel", "disabled-by-default-devtools.timeline", "__metadata"]


def main() -> None:
    for _ in range(ROUNDS):
        figures = at_the_exact_rate()
        print(f"{JOBS:,} jobs that end at {figures['rate']:.0f} a second: {told(figures)}", flush=True)
    pairs = []
    for number in range(1, PAIRS + 1):
        without, with_page = run("watched", page=False), run("watched", page=True)
        pairs.append((without, with_page))
        print(
            f"pair {number}: campaign {without['cpu_s']:.2f} s CPU without, {with_page['cpu_s']:.2f} s with a page "
            f"({with_page['wall_s']:.0f} s, {JOBS / with_page['wall_s']:.0f} jobs a second); {told(with_page)}",
            flush=True,
        )
    growth = median(with_page["cpu_s"] / without["cpu_s"] - 1 for without, with_page in pairs)
    share = median(with_page["share"] for _, with_page in pairs)
    worst = {name: max(with_page[name] for _, with_page in pairs) for name in ("frame_ms", "task_ms", "task_cpu_ms")}
    print(f"campaign's CPU: {growth:+.1%} (median of {PAIRS} pairs); serving process: {share:.1%} of a core (median)")
    print(f"all pairs: {told(worst)}; the load of the machine now: {os.getloadavg()[0]:.1f}")
    own = run("dashboard", page=True)
    print(
        f"in one process with the campaign (sdk.dashboard()): {own['cpu_s']:.2f} s CPU, "
        f"{own['cpu_s'] / median(without['cpu_s'] for without, _ in pairs) - 1:+.1%}; {told(own)}"
    )


def at_the_exact_rate() -> dict[str, Any]:
    """The page alone: a small process writes the journal, at a rate that does not depend on the machine's load."""
    with ExitStack() as stack:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="."))) / "campaign.db"
        writer = subprocess.Popen(
            [sys.executable, "-m", "bench._ending", str(path), str(JOBS), str(PER_SECOND)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert writer.stdout is not None
        writer.stdout.readline()
        url, serving = stack.enter_context(watch(path))
        shown = stack.enter_context(browser(url))
        before = cpu_s(serving)
        took, _ = writer.communicate("\n")
        figures = {"share": (cpu_s(serving) - before) / float(took), "rate": JOBS / float(took)}
        shown.get_by_text(ENDED).wait_for(timeout=30_000)
        return figures | {"frame_ms": max(shown.evaluate("window.gaps"))} | tasks(shown)


def told(figures: dict[str, Any]) -> str:
    share = f"serving {figures['share']:.1%} of a core, " if "share" in figures else ""
    return (
        f"{share}longest frame {figures['frame_ms']:.0f} ms, longest task {figures['task_ms']:.0f} ms "
        f"with {figures['task_cpu_ms']:.0f} ms CPU at most"
    )


def run(client: str, *, page: bool) -> dict[str, Any]:
    """One campaign, perhaps with a browser that shows its page."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir="."))  # on the disk of the project
        url = stack.enter_context(server(1 / PER_SECOND))
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        campaign = subprocess.Popen(
            [sys.executable, HERE / "_campaign.py", client, url, str(JOBS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment,
        )  # fmt: skip
        assert campaign.stdout is not None
        first = campaign.stdout.readline().strip()
        shown, serving = None, None
        if page and client == "watched":
            first, serving = stack.enter_context(watch(Path(folder) / "campaign.db"))
        if page:
            shown = stack.enter_context(browser(first))
        before = 0.0 if serving is None else cpu_s(serving)
        rest, _ = campaign.communicate("\n")
        if campaign.returncode:
            sys.exit(f"the campaign failed: {campaign.returncode}")
        figures: dict[str, Any] = json.loads(rest)
        if serving is not None:
            figures["share"] = (cpu_s(serving) - before) / figures["wall_s"]
        if shown is not None:
            if client == "watched":
                shown.get_by_text(ENDED).wait_for(timeout=30_000)
            figures |= {"frame_ms": max(shown.evaluate("window.gaps"))} | tasks(shown)
        return figures


@contextmanager
def watch(journal: Path) -> Iterator[tuple[str, int]]:
    """`qcaas watch --web` on a journal: its URL and its process."""
    command = [sys.executable, "-c", "from qcaas_sdk.cli import main; main()", "watch", "--web", str(journal)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE.parent)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def browser(url: str) -> Iterator[Any]:
    """A browser that shows the page and measures its frames."""
    from playwright.sync_api import sync_playwright

    from tests.docs.browser import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shown = chromium.new_page(viewport={"width": 1280, "height": 900})
        shown.goto(url)
        shown.get_by_text(f"0 of {JOBS:,} jobs ended").wait_for(timeout=30_000)
        shown.evaluate(METER)
        chromium.start_tracing(page=shown, categories=TRACED)
        try:
            yield shown
        finally:
            chromium.close()


def tasks(shown: Any) -> dict[str, float]:
    """The longest task of the page's main thread, by the clock and in CPU time."""
    events = json.loads(shown.context.browser.stop_tracing())["traceEvents"]
    threads = {(one["pid"], one["tid"]): one["args"]["name"] for one in events if one.get("name") == "thread_name"}
    ran = [
        one
        for one in events
        if one.get("name") == "RunTask" and threads.get((one["pid"], one["tid"])) == "CrRendererMain"
    ]
    return {
        "task_ms": max(one.get("dur", 0) for one in ran) / 1000,
        "task_cpu_ms": max(one.get("tdur", 0) for one in ran) / 1000,
    }


def cpu_s(process: int) -> float:
    """The CPU time of a process so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
