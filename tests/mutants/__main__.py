"""`python -m tests.mutants [--seeds N] [--share K/N] [WORDS]`: hunt all mutants, or those whose names hold WORDS.

With `--share 1/2` it hunts every second mutant, from the first on, and with `2/2` the others.

Without `--seeds` it prints the docs' table. With it, each is hunted with the seeds 0 to N-1 instead: the least, the
median and the most examples, and how often none showed it.
"""

import argparse
import sys
from statistics import median

from tests.mutants.hunt import MAX_EXAMPLES, hunt
from tests.mutants.mutation import Mutant, mutants


def main(words: str, seeds: int | None, share: str) -> int:
    first, shares = map(int, share.split("/"))
    every = [mutant for mutant in mutants() if words in mutant.bug][first - 1 :: shares]
    columns = ["examples", "seen by"] if seeds is None else ["least", "median", "most", "survived"]
    rule = "---:|---" if seeds is None else "---:|---:|---:|---:"
    print(f"| planted bug | where | {' | '.join(columns)} |\n|---|---|{rule}|", flush=True)
    survivors = 0
    for mutant in every:
        survived, found = _hunted(mutant) if seeds is None else _hunted_often(mutant, seeds)
        survivors += survived
        print(f"| {mutant.bug} | `{mutant.place}` | {' | '.join(found)} |", flush=True)
    print(f"\n{len(every)} mutants, {survivors} survived", file=sys.stderr)
    return survivors > 0


def _hunted(mutant: Mutant) -> tuple[bool, list[str]]:
    with mutant.planted():
        catch = hunt(mutant.drives)
    return catch is None, ["**survived**", ""] if catch is None else [str(catch.examples), catch.by]


def _hunted_often(mutant: Mutant, seeds: int) -> tuple[bool, list[str]]:
    with mutant.planted():
        catches = [hunt(mutant.drives, number) for number in range(seeds)]
    survived = catches.count(None)
    examples = [MAX_EXAMPLES if catch is None else catch.examples for catch in catches]
    return survived > 0, [str(min(examples)), f"{median(examples):g}", str(max(examples)), str(survived)]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    arguments.add_argument("--seeds", type=int)
    arguments.add_argument("--share", default="1/1")
    arguments.add_argument("words", nargs="*")
    asked = arguments.parse_args()
    sys.exit(main(" ".join(asked.words), asked.seeds, asked.share))
