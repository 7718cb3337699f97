"""The reference: how to use a class comes before what it holds."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

ROOT = Path(__file__).resolve().parents[2]
VERBS = {
    ("jobs", "Job"): ["execute", "submit", "wait", "cancel"],
    ("jobs", "CompositeJob"): ["execute", "submit", "wait", "cancel"],
    ("sdk", "OqcSdk"): ["local", "from_env", "open", "close", "create_job"],
}


@pytest.mark.parametrize(("page", "kind"), VERBS)
def test_the_verbs_of_a_class_come_first(site: Path, page: str, kind: str) -> None:
    built = (site / "api" / f"{page}.html").read_text(encoding="utf-8")
    members = re.findall(rf'id="qcaas_sdk\.{kind}\.(\w+)"', built)
    verbs = VERBS[page, kind]
    assert members[: len(verbs)] == verbs
    assert len(members) > 10
    assert len(set(members)) == len(members)


def test_every_page_begins_with_an_example() -> None:
    for page in sorted((ROOT / "docs" / "api").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if page.name != "index.md":
            assert -1 < text.find("```python\n") < text.find("```{eval-rst}"), page.name
