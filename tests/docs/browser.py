"""The built site in a real browser: Debian's Chromium, without a window and without a network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESKTOP = 390, 1280
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHTS = {PHONE: 844, DESKTOP: 900}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

AXE = Path(__file__).parents[1] / "web" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What sticks out of the page, unless a box of its own can be scrolled (code, a table, a diagram; not the text as a
# whole, which Furo lets scroll on a phone). Furo keeps its drawers beside the page.
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const held = (node) => {
        for (let box = node.parentElement; box && !box.matches('body, .content'); box = box.parentElement) {
            const x = getComputedStyle(box).overflowX;
            if ((x === 'auto' || x === 'scroll') && box.getBoundingClientRect().right <= width + 1) return true;
        }
        return false;
    };
    return [...document.querySelectorAll('.main *')]
        .filter((node) => node.getClientRects().length && !node.closest('.toc-drawer, .sidebar-drawer'))
        .filter((node) => node.getBoundingClientRect().right > width + 1 && !held(node))
        .map((node) => `${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 60)}`);
}"""

# Words of code in the first column of a table that are on more than one line.
BROKEN = """() => {
    const broken = (text, word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
    };
    return [...document.querySelectorAll('.main td:first-child code')].flatMap((code) => {
        const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
            const text = walker.currentNode;
            for (const word of text.textContent.matchAll(/\\w+/g)) if (broken(text, word)) found.push(word[0]);
        }
        return found;
    });
}"""


@contextmanager
def browser() -> Iterator["Browser"]:
    """Chromium, for as long as it is needed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def window(chromium: "Browser", width: int, scheme: str = "light") -> Iterator["Page"]:
    """A window as wide as a phone or a desktop, that reaches nothing but files."""
    with chromium.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        is_mobile=width == PHONE,
        device_scale_factor=2 if width == PHONE else 1,
        offline=True,
    ) as context:
        yield context.new_page()


class Resized:
    """Makes a window as wide as a phone or a desktop, and lays its page out as if it had been opened there.

    Boxes begin and end at the same pixels; a line of text may stand a pixel higher or lower.
    """

    def __init__(self, page: "Page") -> None:
        self._devtools = page.context.new_cdp_session(page)

    def to(self, width: int) -> None:
        """Change the width."""
        phone = width == PHONE
        screen = {"width": width, "height": HEIGHTS[width], "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self._devtools.send("Emulation.setDeviceMetricsOverride", screen)


def pages(site: Path) -> list[Path]:
    """The pages of a built site."""
    return sorted(site.rglob("*.html"))


def sticking_out(page: "Page") -> list[str]:
    """What is cut off at the right, or makes the whole page scroll sideways."""
    found: list[str] = page.evaluate(STICKS_OUT)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page itself scrolls sideways")
    return found


def broken_words(page: "Page") -> list[str]:
    """The words of code that begin a row of a table, and are broken in two."""
    found: list[str] = page.evaluate(BROKEN)
    return found


def need_axe() -> None:
    """Skip a test where there is no axe-core; fail where it is required."""
    if not AXE.is_file():
        reason = "there is no axe-core here: `make test` installs it, where npm reaches its registry"
        if os.environ.get("AXE") == "required":
            pytest.fail(reason)
        pytest.skip(reason)


def not_accessible(page: "Page", selector: str = "html") -> list[object]:
    """What axe-core finds serious or critical in a part of a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    run = "(one) => axe.run({include: [one]}, {resultTypes: ['violations']}).then((all) => all.violations)"
    found = page.evaluate(run, selector)
    told = [(one["id"], one["impact"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    return [one for one in told if one[1] in {"serious", "critical"}]
