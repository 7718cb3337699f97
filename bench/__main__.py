"""`python -m bench` runs every benchmark; `python -m bench NAME…` runs those."""

import runpy
import sys
from pathlib import Path

NAMES = sorted(file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_"))


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    if unknown := sorted(set(wanted) - set(NAMES)):
        sys.exit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    for name in wanted:
        print(f"\n== {name}", flush=True)
        runpy.run_module(f"bench.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
