"""`python -m tests.mutants [WORDS]`: hunt all mutants, or those whose names hold WORDS, and print the table."""

import sys

from tests.mutants.hunt import hunt
from tests.mutants.mutation import mutants


def main(words: str) -> int:
    survivors = 0
    print("| planted bug | where | caught after | by |\n|---|---|---:|---|")
    every = mutants()
    for mutant in every:
        if words not in mutant.bug:
            continue
        with mutant.planted():
            catch = hunt(mutant.drives)
        survivors += catch is None
        where = mutant.where.rpartition(":")[2].rpartition(".")[2] if ":" in mutant.where else mutant.where
        caught = "**survived** |" if catch is None else f"{catch.examples} | {catch.words[:120].replace('|', '/')}"
        print(f"| {mutant.bug} | `{where}` | {caught} |", flush=True)
    print(f"\n{len(every)} mutants, {survivors} survived", file=sys.stderr)
    return survivors > 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
