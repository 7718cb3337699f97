"""`qcaas demo`: a Bell pair on the embedded QPU."""

import shutil
import sys
from pathlib import Path

from qcaas_sdk import Job, OqcSdk
from qcaas_sdk._record import JobTransition
from qcaas_sdk.cli.ending import finish
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.statechart import shipped_chart

BELL = """\
OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
cx q[0],q[1];
measure q -> c;
"""


def demo() -> None:
    """Run a Bell pair on the embedded QPU, and show its states and counts."""
    finish(_show(Screen()))


async def _show(screen: Screen) -> None:
    chart = Path(shipped_chart("job").file)
    screen.line("A Bell pair on the embedded QPU: a simulator on this machine with OQC's REST API.")
    screen.line(f"The statechart of a job: {_short(chart)}")
    screen.line()
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)

        def tell(_: Job, transition: JobTransition) -> None:
            screen.transition(transition)

        job.observe(tell)
        outputs = await job.execute(timeout_s=120)
    screen.line()
    screen.counts("c", outputs.raise_for_error().results().one.counts())
    screen.line()
    screen.line("Next:", style="bold")
    command = "qcaas" if shutil.which("qcaas") or not sys.argv[0].endswith("qcaas") else sys.argv[0]
    screen.line(f"  your own file      {command} run FILE.qasm --shots 2000")
    screen.line(f"  as a server        {command} serve")
    screen.line(f"  your own account   OQC_URL=https://... OQC_AUTHENTICATION_TOKEN=... {command} run FILE.qasm")
    screen.line("  in Python          README.md, then docs/start.md")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
