"""Each planted bug is caught by the kit within 500 examples; `python -m tests.mutants` prints how."""

import pytest

from tests.mutants.hunt import MOST_EXAMPLES, hunt
from tests.mutants.mutation import Mutant, mutants

MUTANTS = mutants()


def test_there_are_enough_of_them() -> None:
    assert len({mutant.bug for mutant in MUTANTS}) == len(MUTANTS) >= 40


@pytest.mark.filterwarnings("ignore")  # of what a bug leaves behind
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.bug.replace(" ", "-"))
def test_it_is_caught(mutant: Mutant) -> None:
    with mutant.planted():
        catch = hunt(mutant.drives)
    assert catch is not None, f"{MOST_EXAMPLES} examples have not shown it"
    assert not isinstance(catch.error, ImportError | NameError | SyntaxError), catch.words
