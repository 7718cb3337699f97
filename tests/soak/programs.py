"""2,000 random programs on the embedded QPU's engine, against their exact distributions.

`python -m tests.soak.programs [FIRST [LAST]]` runs other seeds.
"""

import sys

from tests.local.reference.compare import difference
from tests.local.reference.rich import random_program


def main() -> None:
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    last = int(sys.argv[2]) if len(sys.argv) > 2 else first + 2000
    wrong = 0
    for seed in range(first, last):
        program = random_program(seed)
        distance, allowed = difference(program, seed)
        if distance > allowed:
            wrong += 1
            print(
                f"seed {seed}: off by {distance:.3f}, where sampling allows {allowed:.3f}\n{program.text}", flush=True
            )
    print(f"{last - first} programs, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
