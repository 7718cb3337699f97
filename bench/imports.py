"""How long `import qcaas_sdk` takes, beside the published SDK in an environment of its own. Medians, in turns."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
PUBLISHED = Path(__file__).resolve().parent.parent / ".envs" / "oqc-qcaas-sdk"


def published_python() -> Path:
    """The interpreter of an environment that holds the published SDK; made if it is not there."""
    python = PUBLISHED / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PUBLISHED], check=True)
    if subprocess.run([python, "-c", "import oqc_qcaas_sdk"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "oqc-qcaas-sdk"], check=True)
    return python


def seconds(python: Path, module: str) -> float:
    """Wall time of a process that imports `module` and ends. Bytecode is kept, as after an installation."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run([python, "-c", f"import {module}"], check=True, env=environment)
    return time.perf_counter() - begin


def main() -> None:
    ours, theirs = Path(sys.executable), published_python()
    pairs = [(ours, "qcaas_sdk"), (theirs, "oqc_qcaas_sdk"), (ours, "sys"), (theirs, "sys")]
    figures: list[list[float]] = [[] for _ in pairs]
    for round_ in range(ROUNDS + 1):
        for values, (python, module) in zip(figures, pairs, strict=True):
            value = seconds(python, module)
            if round_:
                values.append(value)
    own, published, bare_own, bare_published = (statistics.median(values) for values in figures)
    print(f"import qcaas_sdk:      {own - bare_own:6.3f} s   (process {own:.3f} s)")
    print(f"import oqc_qcaas_sdk:  {published - bare_published:6.3f} s   (process {published:.3f} s)")
    print(
        f"ratio, import alone:   {(own - bare_own) / (published - bare_published):6.2f}   "
        f"(whole process {own / published:.2f})"
    )


if __name__ == "__main__":
    main()
