"""The built site: nothing leads nowhere, nothing comes from elsewhere, and the reference is whole."""

import importlib
import inspect
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from attrs import define, field
from sphinx.util.inventory import InventoryFile

from qcaas_sdk import errors
from qcaas_sdk._handles import errors as job_errors

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = (
    "qcaas_sdk.statechart",
    "qcaas_sdk.diagrams",
    "qcaas_sdk.web",
    "qcaas_sdk._programs.convert",
    "qcaas_sdk.local",
    "qcaas_sdk.testing",
    "qcaas_sdk.qiskit",
    "qcaas_sdk",
)


@define
class Read(HTMLParser):
    """What stands in a page.

    Attributes:
        ids: The anchors in it.
        links: Where it leads.
        loaded: What a browser loads with it.
    """

    ids: set[str] = field(factory=set)
    links: set[str] = field(factory=set)
    loaded: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attributes if value is not None}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given.get("rel") not in {"index", "search", "next", "prev", "canonical"}:
            self.loaded.add(given["href"])
        elif "src" in given:
            self.loaded.add(given["src"])


@cache
def read(page: Path) -> Read:
    reader = Read()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_every_page_of_the_documentation_is_in_the_site(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs").with_suffix(".html")).exists(), page
    assert len(list(site.rglob("*.html"))) >= 20


def test_no_line_of_a_paragraph_begins_a_list_by_accident() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"(?ms)^ *(`{3,}|~{3,}).*?^ *\1$|<!--.*?-->\n", "", page.read_text(encoding="utf-8"))
        for paragraph in re.split(r"\n\s*\n", text):
            first, *others = paragraph.strip().splitlines() or [""]
            if not re.match(r"\s*(\d+[.)]|[-+*]) ", first):
                assert not [line for line in others if re.match(r"(1[.)]|[-+*]) ", line)], f"{page.name}: {first}"


def test_every_link_and_every_anchor_leads_somewhere(site: Path) -> None:
    checked = 0
    for page in site.rglob("*.html"):
        for link in read(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), f"{page.relative_to(site)} leads to {link}"
            if parts.fragment and target.suffix == ".html":
                anchors = read(target).ids
                assert unquote(parts.fragment) in anchors, f"{page.relative_to(site)} leads to {link}"
            checked += 1
    assert checked > 1000


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        for source in read(page).loaded:
            assert not urlsplit(source).netloc, f"{page.relative_to(site)} loads {source}"
            assert urlsplit(source).scheme in {"", "data"}
    for sheet in site.rglob("*.css"):
        for source in re.findall(r"(?:url\(|@import\s+)['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8")):
            assert not urlsplit(source).netloc, f"{sheet.relative_to(site)} loads {source}"


def test_every_public_name_stands_in_the_reference_exactly_once(site: Path) -> None:
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    kinds = [kind for kind in inventory.data if kind.startswith("py:") and kind != "py:module"]
    documented = {name for kind in kinds for name in inventory.data[kind]}
    places: dict[str, list[str]] = {}
    for module in PUBLIC:
        for name in importlib.import_module(module).__all__:
            things = places.setdefault(_identity(module, name), [])
            things.append(f"{module}.{name}")
    for names in places.values():
        found = [name for name in names if name in documented]
        assert len(found) == 1, f"{names} stand in the reference as {found}"


def _identity(module: str, name: str) -> str:
    """What a name means, wherever it is exported: a class or function is itself, a value its name."""
    thing = getattr(importlib.import_module(module), name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        return f"{thing.__module__}.{thing.__qualname__}"
    return f"{module}.{name}"


def test_the_tree_of_errors_is_the_family(site: Path) -> None:
    drawn: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if name := re.match(r"    ((?:│   |    )*)(?:[├└]── )?(\w+)", line):
            drawn.append((0 if name[2] == "QcaasError" else 1 + len(name[1]) // 4, name[2]))
    family: list[tuple[int, str]] = []

    def walk(kind: type[BaseException], depth: int) -> None:
        family.append((depth, kind.__name__))
        for child in kind.__subclasses__():
            if child.__module__ in {errors.__name__, job_errors.__name__}:
                walk(child, depth + 1)

    walk(errors.QcaasError, 0)
    assert Counter(drawn) == Counter(family)
    page = (site / "api" / "errors.html").read_text(encoding="utf-8")
    for _, name in family:
        assert f'id="qcaas_sdk.{name}"' in page


def test_diagrams_are_drawn(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        wanted = page.read_text(encoding="utf-8").count("```mermaid\nstateDiagram")
        built = (site / page.relative_to(ROOT / "docs").with_suffix(".html")).read_text(encoding="utf-8")
        assert built.count('<figure class="state-diagram"') == wanted, page
        assert wanted == 0 or "stateDiagram-v2" not in built


@pytest.mark.parametrize("page", ["from-oqc-qcaas-sdk", "from-oqc-qcaas-client"])
def test_published_blocks_stand_beside_ours(site: Path, page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    pairs = text.count(f"```python {page.removeprefix('from-')}\n")
    assert pairs >= 5
    built = (site / f"{page}.html").read_text(encoding="utf-8")
    assert built.count('class="side-by-side') == pairs
