"""The table of the docs tells of the mutants there are."""

from pathlib import Path

from tests.mutants.hunt import MAX_EXAMPLES
from tests.mutants.mutation import mutants

PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"


def test_the_table_of_the_docs_has_every_mutant_and_no_other() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert [row[:2] for row in rows[1:]] == [[mutant.bug, f"`{mutant.place}`"] for mutant in mutants()]
    assert all(0 < int(row[2]) <= MAX_EXAMPLES for row in rows[1:])
    assert all(row[3] for row in rows[1:])
