"""The built site in a real browser: Debian's Chromium, without a window and without a network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESKTOP = 390, 1280
HEIGHTS = {PHONE: 844, DESKTOP: 900}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

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


def pages(site: Path) -> list[Path]:
    """The pages of a built site."""
    return sorted(site.rglob("*.html"))


def sticking_out(page: "Page") -> list[str]:
    """What is cut off at the right, or makes the whole page scroll sideways."""
    found: list[str] = page.evaluate(STICKS_OUT)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page itself scrolls sideways")
    return found
