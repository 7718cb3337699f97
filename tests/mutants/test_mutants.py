"""Each planted bug is caught by the kit within 200 examples; `python -m tests.mutants` shows how.

They are hunted in processes of their own: Hypothesis draws constants of the modules that are loaded, so that only a
process that is always the same finds the same. Each hunts a share of them, side by side with the others.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.hunt import CHARTS, MAX_EXAMPLES
from tests.mutants.mutation import Mutant, mutants

pytestmark = pytest.mark.mutants

MUTANTS = mutants()
SHARES = 2
ROOT = Path(__file__).parents[2]


def is_of_language(mutant: Mutant) -> bool:
    """Whether it is planted in the flat table of a chart, or in what the kit's own charts show."""
    return mutant.edit is not None or mutant.drives in CHARTS


@cache
def caught(share: int) -> dict[str, list[str]]:
    """What stands in the table of each: where it was planted, how many examples it took, what has seen it."""
    command = [sys.executable, "-m", "tests.mutants", "--share", f"{share}/{SHARES}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)
    rows = [line.strip("| ").split(" | ") for line in ran.stdout.splitlines() if line.startswith("| ")]
    assert rows, ran.stderr
    return {row[0]: row[1:] for row in rows[1:]}


def test_there_are_enough_of_them() -> None:
    assert len({mutant.bug for mutant in MUTANTS}) == len(MUTANTS) >= 40
    assert sum(map(is_of_language, MUTANTS)) >= 30


@pytest.mark.parametrize(
    ("mutant", "share"),
    [
        pytest.param(
            mutant,
            share,
            id=mutant.bug.replace(" ", "-"),
            marks=pytest.mark.xdist_group(f"mutants {share} of {SHARES}"),
        )
        for share in range(1, SHARES + 1)
        for mutant in MUTANTS[share - 1 :: SHARES]
    ],
)
def test_it_is_caught(mutant: Mutant, share: int) -> None:
    _, examples, by = caught(share)[mutant.bug]
    assert examples.isdigit(), f"{MAX_EXAMPLES} examples have not shown it"
    assert 0 < int(examples) <= MAX_EXAMPLES
    assert by not in {"ImportError", "NameError", "SyntaxError"}
