"""The built site in a real browser: nothing cut off, everything readable, light and dark, phone and desktop."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from attrs import frozen

from tests.docs.browser import (
    CHROMIUM,
    DESKTOP,
    PHONE,
    SCHEMES,
    Resized,
    broken_words,
    browser,
    pages,
    sticking_out,
    window,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect

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


Texts: TypeAlias = list[tuple[str, float, float]]


@frozen
class Seen:
    """What is seen of a page.

    Attributes:
        out: What is cut off, by the width of the window.
        broken: The names that begin a row of a table and are broken in two on a phone.
        contents: Whether it has contents, and their box on a desktop.
        texts: The texts of its diagrams, each with its contrast and its height, by width and colour scheme.
    """

    out: Mapping[int, list[str]]
    broken: list[str]
    contents: "tuple[bool, FloatRect | None]"
    texts: Mapping[tuple[int, str], Texts]


@pytest.fixture(scope="module")
def seen(site: Path, chromium: "Browser") -> dict[str, Seen]:
    """What is seen of each page: it is loaded once, and looked at in both widths and schemes."""
    found = {}
    with window(chromium, DESKTOP) as page:
        resized = Resized(page)
        for file in pages(site):
            page.goto(file.as_uri())
            drawer = page.locator(".toc-drawer:not(.no-toc) .toc-tree")
            contents = (True, drawer.bounding_box()) if drawer.count() else (False, None)
            has_diagrams = "state-diagram" in file.read_text(encoding="utf-8")
            out: dict[int, list[str]] = {}
            texts: dict[tuple[int, str], Texts] = {}
            for width in (DESKTOP, PHONE):
                resized.to(width)
                out[width] = sticking_out(page)
                for scheme in SCHEMES if has_diagrams else ():
                    page.emulate_media(color_scheme=scheme)
                    texts[width, scheme] = page.evaluate(READABLE)
                page.emulate_media(color_scheme="light")
            broken = broken_words(page)
            resized.to(DESKTOP)
            found[file.relative_to(site).as_posix()] = Seen(out, broken, contents, texts)
    return found


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_nothing_is_cut_off(seen: dict[str, Seen], width: int) -> None:
    assert {name: page.out[width] for name, page in seen.items() if page.out[width]} == {}
    assert len(seen) >= 20


def test_names_in_the_first_column_of_a_table_are_whole_on_a_phone(seen: dict[str, Seen]) -> None:
    assert {name: page.broken for name, page in seen.items() if page.broken} == {}


def test_the_contents_of_a_page_are_in_view_on_a_desktop(seen: dict[str, Seen]) -> None:
    shown = 0
    for name, page in seen.items():
        there, box = page.contents
        if there:
            assert box is not None, name
            assert 0 < box["x"] <= box["x"] + box["width"] <= DESKTOP, name
            shown += 1
    assert shown > 10


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_text_of_diagrams_can_be_read(seen: dict[str, Seen], width: int, scheme: str) -> None:
    found = 0
    for name, page in seen.items():
        for text, contrast, height in page.texts.get((width, scheme), []):
            assert contrast >= 4.5, f"{name}: {text!r} has a contrast of {contrast:.1f}"
            assert height >= 9, f"{name}: {text!r} is {height:.1f} pixels high"
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
