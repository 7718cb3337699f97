"""The kit under the published SDK: what it finds there stands in the docs, and it finds nothing of it here."""

import re
from typing import Any

import pytest

from tests.published.findings import FINDINGS, PAGE, findings

pytestmark = [pytest.mark.published, pytest.mark.xdist_group("findings")]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return findings(examples=15)


def test_this_library_neither_runs_twice_nor_loses(found: dict[str, Any]) -> None:
    assert found["counts"]
    for situation, sides in found["counts"].items():
        assert sides["ours"] == {"examples": 15}, situation


def test_the_kit_is_fair(found: dict[str, Any]) -> None:
    assert found["counts"]["nothing goes wrong"]["published"] == {"examples": 15}


def test_the_kit_finds_what_the_docs_say(found: dict[str, Any]) -> None:
    rows = [
        line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if re.search(r"\d %", line)
    ]
    assert [row[0] for row in rows] == list(found["counts"])
    for situation, *shares, ours in (row for row in rows if row[0] != "any weather"):
        published = found["counts"][situation]["published"]
        assert ours == "0"
        for finding, share in zip(FINDINGS, shares, strict=True):
            assert (published.get(finding, 0) > 0) == (share != "0 %"), f"{situation}: {finding}"


def test_it_finds_the_simplest_weather_in_which_a_run_is_paid_for_twice(found: dict[str, Any]) -> None:
    assert re.fullmatch(r"\[Fault\(.*on='submit'.*\)\]", found["simplest"]["ran twice"])
