"""The race for a budget under kill -9, at a size that every run can bear: `make soak` runs it in full."""

from pathlib import Path

import pytest

from tests.soak.budget import race

pytestmark = pytest.mark.slow


def test_killed_at_random_moments_exactly_the_budget_is_used(tmp_path: Path) -> None:
    ran, after_kills, kills = race(tmp_path, 60, 30, 5, seed=3)
    assert kills  # how many more depends on the machine
    assert max(after_kills) <= 30
    assert ran.total() == 30
    assert set(ran.values()) == {1}
