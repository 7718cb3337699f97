"""`python -m tests.mutants [WORDS]`: hunt all mutants, or those whose names hold WORDS, and print the docs' table."""

import sys

from tests.mutants.hunt import hunt
from tests.mutants.mutation import mutants


def main(words: str) -> int:
    survivors = 0
    every = [mutant for mutant in mutants() if words in mutant.bug]
    print("| planted bug | where | examples | seen by |\n|---|---|---:|---|")
    for mutant in every:
        with mutant.planted():
            catch = hunt(mutant.drives)
        survivors += catch is None
        caught = "**survived** | " if catch is None else f"{catch.examples} | {catch.by}"
        print(f"| {mutant.bug} | `{mutant.place}` | {caught} |", flush=True)
    print(f"\n{len(every)} mutants, {survivors} survived", file=sys.stderr)
    return survivors > 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
