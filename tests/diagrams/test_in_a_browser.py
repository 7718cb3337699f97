"""Pictures in a real browser: no label over a line, a box or another label, and nothing wider than the page."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import pytest

from qcaas_sdk.diagrams import Diagram
from qcaas_sdk.statechart import shipped_chart
from tests.diagrams import scenes, sketches
from tests.docs.browser import CHROMIUM, DESKTOP, PHONE, SCHEMES, browser, window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]

PICTURES: dict[str, Callable[[], Diagram]] = {
    "job overview": lambda: shipped_chart("job").diagram("overview"),
    "job": lambda: shipped_chart("job").diagram(),
    "composite": lambda: shipped_chart("composite_job").diagram(),
    "nested overview": lambda: sketches.nested().diagram("overview"),
    "nested": lambda: sketches.nested().diagram(),
    "thirty states": lambda: sketches.of_thirty_states().diagram(),
    "first run": lambda: scenes.first_run(lambda job: job.diagram()),
    "third run": lambda: scenes.third_run(lambda job: job.diagram()),
    "500 jobs": lambda: scenes.under_way(500, lambda composite: composite.diagram()),
}

# What is over what, in pixels of the screen. A line is a row of points.
CLASHES = """() => {
    const svg = document.querySelector('svg');
    const box = (node) => node.getBoundingClientRect();
    const over = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5
        && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
    const texts = [...svg.querySelectorAll('text')];
    const boxes = texts.map(box);
    const found = [];
    texts.forEach((a, i) => texts.slice(i + 1).forEach((b, j) => {
        if (over(boxes[i], boxes[i + 1 + j])) found.push(`${a.textContent} | over the text | ${b.textContent}`);
    }));
    for (const group of svg.querySelectorAll('.node, .choice')) {
        const shape = box(group.querySelector('rect, path'));
        for (const [i, text] of texts.entries()) {
            const inside = group.contains(text);
            const at = boxes[i];
            const fits = at.left >= shape.left - 0.5 && at.right <= shape.right + 0.5 && at.top >= shape.top - 0.5
                && at.bottom <= shape.bottom + 0.5;
            if (inside ? !fits : over(at, shape))
                found.push(`${text.textContent} | ${inside ? 'sticks out' : 'over a box'}`);
        }
    }
    for (const path of svg.querySelectorAll('.line path')) {
        const matrix = path.getScreenCTM(), length = path.getTotalLength();
        for (let at = 0; at <= length; at += 1) {
            const point = path.getPointAtLength(at).matrixTransform(matrix);
            for (const [i, text] of texts.entries()) {
                const b = boxes[i];
                if (point.x > b.left && point.x < b.right && point.y > b.top + 1 && point.y < b.bottom - 1)
                    found.push(`a line over ${text.textContent}`);
            }
        }
    }
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.push('wider than the page');
    return [...new Set(found)];
}"""

# The contrast of each text to what is behind it (WCAG 2.1); a filling that lets the ground through is mixed with it.
CONTRASTS = """() => {
    const svg = document.querySelector('svg');
    const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[\\\\d.]+/g).map(Number);
    const luminance = (rgb) => { const [r, g, b] = rgb.map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    return [...svg.querySelectorAll('text')].map((text) => {
        const at = text.getBoundingClientRect();
        const x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
        let ground = [255, 255, 255];
        for (const shape of svg.querySelectorAll('rect, .choice path')) {
            const b = shape.getBoundingClientRect(), style = getComputedStyle(shape);
            if (style.fill === 'none' || x < b.left || x > b.right || y < b.top || y > b.bottom) continue;
            const share = parseFloat(style.fillOpacity);
            ground = numbers(style.fill).slice(0, 3).map((c, i) => share * c + (1 - share) * ground[i]);
        }
        const ink = numbers(getComputedStyle(text).fill).slice(0, 3);
        const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
        return [text.textContent, (light + 0.05) / (dark + 0.05)];
    });
}""".replace("\\\\", "\\")


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """All pictures as SVG. Scenes have an event loop of their own, and so has the browser: this comes first."""
    return {name: diagram().svg() for name, diagram in PICTURES.items()}


@pytest.fixture(scope="module")
def chromium(drawn: dict[str, str]) -> Iterator["Browser"]:
    assert drawn
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def desktop(chromium: "Browser") -> Iterator["Page"]:
    with window(chromium, DESKTOP) as page:
        yield page


@pytest.fixture(scope="module")
def phone(chromium: "Browser") -> Iterator["Page"]:
    with window(chromium, PHONE) as page:
        yield page


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_over_anything(name: str, drawn: dict[str, str], desktop: "Page", phone: "Page") -> None:
    for page in (desktop, phone):
        page.set_content(f"<meta name=viewport content='width=device-width'><body style='margin:8px'>{drawn[name]}")
        assert page.evaluate(CLASHES) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PICTURES)
def test_every_text_can_be_read(
    name: str, scheme: Literal["light", "dark"], drawn: dict[str, str], desktop: "Page"
) -> None:
    desktop.emulate_media(color_scheme=scheme)
    desktop.set_content(f"<body style='margin:8px'>{drawn[name]}")
    found = desktop.evaluate(CONTRASTS)
    assert found
    assert {text: contrast for text, contrast in found if contrast < 4.5} == {}
