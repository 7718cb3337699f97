"""`python -m tests.prove.sampled [WORDS]`: plant each bug of order, and look for it with random lifecycles.

A bug that survives costs some minutes.
"""

import sys
from collections.abc import Iterator

from tests.mutants.hunt import hunt
from tests.mutants.mutation import Mutant
from tests.prove.hunt import order_mutants

MAX_EXAMPLES = 500


def machines(mutant: Mutant) -> Iterator[str]:
    """The charts whose lifecycle machines may meet a bug: those of its room first."""
    if "_admission" in mutant.where:
        yield "limits"
    if "attach" in mutant.where or "half of a job" in mutant.bug:
        yield "attached"
    yield from ("job", "composite_job")


def sampled(mutant: Mutant) -> tuple[str, int] | None:
    """The chart and the number of examples that show a bug; None when none does."""
    with mutant.planted():
        for chart in machines(mutant):
            if (catch := hunt(chart, max_examples=MAX_EXAMPLES)) is not None:
                return chart, catch.examples
    return None


def main(words: str) -> None:
    for mutant, _ in order_mutants():
        if words in mutant.bug:
            found = sampled(mutant)
            print(f"| {mutant.bug} | {'not found' if found is None else f'{found[1]} ({found[0]})'} |", flush=True)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
