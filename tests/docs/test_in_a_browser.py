"""The built site in a real browser: nothing cut off, everything readable, light and dark, phone and desktop."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.browser import CHROMIUM, DESKTOP, PHONE, browser, pages, sticking_out, window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]

# The contrast of each text of a diagram to what lies behind it (WCAG 2.1), and the height of its letters in pixels.
READABLE = """() => {
    const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = (colour) => {
        const [r, g, b] = numbers(colour).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return [...document.querySelectorAll('.state-diagram text')].map((text) => {
        const shape = text.closest('g').querySelector('path, polygon');
        const page = getComputedStyle(document.body).backgroundColor;
        const filled = shape && text.closest('.node') ? getComputedStyle(shape).fill : page;
        const [light, dark] = [luminance(getComputedStyle(text).fill), luminance(filled)].sort((a, b) => b - a);
        const height = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
        return [text.textContent, (light + 0.05) / (dark + 0.05), height];
    });
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with browser() as started:
        yield started


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_nothing_is_cut_off(site: Path, chromium: "Browser", width: int) -> None:
    with window(chromium, width) as page:
        for file in pages(site):
            page.goto(file.as_uri())
            assert sticking_out(page) == [], file.relative_to(site)


def test_the_contents_of_a_page_are_in_view_on_a_desktop(site: Path, chromium: "Browser") -> None:
    shown = 0
    with window(chromium, DESKTOP) as page:
        for file in pages(site):
            page.goto(file.as_uri())
            contents = page.locator(".toc-drawer:not(.no-toc) .toc-tree")
            if contents.count():
                box = contents.bounding_box()
                assert box is not None, file.name
                assert 0 < box["x"] <= box["x"] + box["width"] <= DESKTOP, file.name
                shown += 1
    assert shown > 10


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_of_diagrams_can_be_read(site: Path, chromium: "Browser", width: int, scheme: str) -> None:
    found = 0
    with window(chromium, width, scheme) as page:
        for file in pages(site):
            if "state-diagram" not in file.read_text(encoding="utf-8"):
                continue
            page.goto(file.as_uri())
            for text, contrast, height in page.evaluate(READABLE):
                assert contrast >= 4.5, f"{file.name}: {text!r} has a contrast of {contrast:.1f}"
                assert height >= 9, f"{file.name}: {text!r} is {height:.1f} pixels high"
                found += 1
    assert found > 10


def test_a_page_asks_for_nothing_but_files(site: Path, chromium: "Browser") -> None:
    asked: list[str] = []
    with window(chromium, DESKTOP) as page:
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index.html", "jobs.html", "api/jobs.html"):
            page.goto((site / name).as_uri())
            page.wait_for_load_state("networkidle")
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_search_finds_without_a_server(site: Path, chromium: "Browser") -> None:
    with window(chromium, DESKTOP) as page:
        page.goto((site / "search.html").as_uri() + "?q=journal")
        page.wait_for_selector("#search-results li a")
        found = page.locator("#search-results li a").all_inner_texts()
        assert "Saving and resuming" in found
