"""Everything at full size, one after the other: `make soak`."""

import subprocess
import sys

PARTS = ("faults", "lifecycles", "kill", "budget", "damage", "programs", "engines", "sign_in")


def main() -> None:
    failed = []
    for part in PARTS:
        print(f"\n== {part}", flush=True)
        if subprocess.run([sys.executable, "-m", f"tests.soak.{part}"], check=False).returncode:
            failed.append(part)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
