"""Each planted bug is caught by the kit within 200 examples; `python -m tests.mutants` shows how.

They are hunted in a process of their own: Hypothesis draws constants of the modules that are loaded, so that only a
process that is always the same finds the same.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.hunt import CHARTS, MAX_EXAMPLES
from tests.mutants.mutation import Mutant, mutants

pytestmark = [pytest.mark.mutants, pytest.mark.xdist_group("mutants")]

MUTANTS = mutants()
ROOT = Path(__file__).parents[2]


def is_of_language(mutant: Mutant) -> bool:
    """Whether it is planted in the flat table of a chart, or in what the kit's own charts show."""
    return mutant.edit is not None or mutant.drives in CHARTS


@pytest.fixture(scope="module")
def caught() -> dict[str, list[str]]:
    """What stands in the table of each: where it was planted, how many examples it took, what has seen it."""
    command = [sys.executable, "-m", "tests.mutants"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)
    rows = [line.strip("| ").split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    assert rows, ran.stderr
    return {row[0]: row[1:] for row in rows[1:]}


def test_there_are_enough_of_them() -> None:
    assert len({mutant.bug for mutant in MUTANTS}) == len(MUTANTS) >= 40
    assert sum(map(is_of_language, MUTANTS)) >= 30


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.bug.replace(" ", "-"))
def test_it_is_caught(mutant: Mutant, caught: dict[str, list[str]]) -> None:
    _, examples, by = caught[mutant.bug]
    assert examples.isdigit(), f"{MAX_EXAMPLES} examples have not shown it"
    assert 0 < int(examples) <= MAX_EXAMPLES
    assert by not in {"ImportError", "NameError", "SyntaxError"}
