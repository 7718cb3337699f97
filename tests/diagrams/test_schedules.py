"""The picture of a schedule that fails: Mermaid reads it, whatever the tasks are called."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk.testing import Bounds, ScheduleFailed, cancellable, choose, explore
from tests.diagrams.conftest import RealMermaid
from tests.support.hostile import TEXT, each_nasty, slow

pytestmark = pytest.mark.slow

KEYWORDS = [
    "end",
    "loop",
    "alt",
    "opt",
    "par_over",
    "Note over",
    "title",
    "participant",
    "left of",
    "autonumber",
    "as",
]


def drawn(name: str, real_mermaid: RealMermaid) -> dict[str, Any]:
    async def scenario() -> None:
        task = cancellable(asyncio.sleep(1), name=name)
        await asyncio.gather(task, return_exceptions=True)
        choose(name, "")
        assert not task.cancelled()

    with pytest.raises(ScheduleFailed) as caught:
        explore(scenario, Bounds(deviations=0, cancellations=1))
    return real_mermaid.read(caught.value.mermaid())


@pytest.mark.parametrize("name", KEYWORDS)
def test_a_task_may_be_called_like_a_word_of_mermaid(name: str, real_mermaid: RealMermaid) -> None:
    assert drawn(name, real_mermaid)["participants"] == ["main", name, "event loop"]


@each_nasty()
@settings(parent=slow, max_examples=50)
@given(text=st.one_of(TEXT, st.text(min_size=1, max_size=8)))
def test_a_name_has_no_line_and_no_statement_more(text: str, real_mermaid: RealMermaid) -> None:
    read = drawn(text, real_mermaid)
    assert read.get("error") is None
    plain = drawn("x", real_mermaid)
    assert len(read["messages"]) == len(plain["messages"])
    assert len(read["participants"]) == len(plain["participants"])
