"""The soaks at a size that every run can bear: `make soak` runs them in full."""

from pathlib import Path

import pytest

from tests.soak.campaign import programs
from tests.soak.damage import damaged_journals
from tests.soak.kill import campaign

pytestmark = pytest.mark.slow


def test_killed_at_random_moments_every_program_runs_exactly_once(tmp_path: Path) -> None:
    outcome = campaign(tmp_path, 40, 6, lives_s=(0.4, 1.2), seed=3)
    assert outcome.kills >= 3
    assert outcome.runs == dict.fromkeys(programs(40), 1)
    assert (outcome.completed, outcome.history) == (40, 40)


def test_a_damaged_journal_is_an_error_or_the_whole_truth() -> None:
    outcomes = damaged_journals(200, seed=1)
    assert outcomes.keys() <= {"loaded", "BadJournal", "JournalError"}
    assert outcomes["BadJournal"] > 50
