"""Damaged snapshots: a named error, or the job that was saved."""

import pytest

from tests.snapshot.damage import try_many

pytestmark = pytest.mark.slow


async def test_2000_damaged_snapshots() -> None:
    ends = await try_many(range(2000))
    assert ends["refused"] > 1000
    assert ends["unharmed"] > 0
    assert ends["plausible"] > 0
