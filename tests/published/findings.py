"""`python -m tests.published.findings [EXAMPLES]`: what the kit finds in the published SDK, as the docs' table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.environments import ROOT, python_with

PACKAGE, VERSION = "oqc-qcaas-sdk", "0.1.24"
FINDINGS = ("ran twice", "a paid result is lost", "called FAILED, and ran", "one result twice in history")
PAGE = ROOT / "docs" / "findings.md"


def findings(examples: int) -> dict[str, Any]:
    """What `use_kit.py` finds in so many examples of each situation."""
    python = python_with(PACKAGE, VERSION, kit=True)
    command = [str(python), str(Path(__file__).parent / "use_kit.py"), str(examples)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def table(found: dict[str, Any]) -> list[str]:
    """The lines of a Markdown table: one row a situation, in per cent of its examples; ours last."""
    lines = [f"| | {' | '.join(FINDINGS)} | this library, any of these |", f"|---|{'---:|' * (len(FINDINGS) + 1)}"]
    for situation, sides in found["counts"].items():
        published, ours = sides["published"], sides["ours"]
        shares = [100 * published.get(finding, 0) / published["examples"] for finding in FINDINGS]
        other = sum(count for name, count in ours.items() if name != "examples")
        cells = [*(f"{share:.0f} %" for share in shares), str(other)]
        lines.append(f"| {situation} | {' | '.join(cells)} |")
    return lines


def main(examples: int = 100) -> None:
    found = findings(examples)
    print("\n".join(table(found)))
    for finding, faults in found["simplest"].items():
        print(f"\nThe simplest faults with which {finding!r} is found: `{faults}`")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
