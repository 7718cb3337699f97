"""Draws the pictures of docs/results.md: the embedded QPU with a seed, and `plot()`."""

import asyncio
import re
from pathlib import Path

import matplotlib as mpl

from qcaas_sdk import OqcSdk
from qcaas_sdk.local import LocalSettings

FOLDER = Path(__file__).parent
GHZ = re.search(r'GHZ = """(.*?)"""', (FOLDER.parent / "results.md").read_text(encoding="utf-8"), re.DOTALL)


def rotated(angle: float) -> str:
    return f'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; rx({angle}) q[0]; measure q -> c;'


async def draw() -> None:
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "qcaas-sdk"  # the same file every time
    assert GHZ is not None
    async with OqcSdk.local(LocalSettings(seed=7)) as sdk:
        one = await sdk.create_job(program=GHZ[1], shots=2000).execute()
        sweep = await sdk.create_job(program=[rotated(0.2 * step) for step in range(32)], shots=500).execute()
    for name, outputs in (("bars", one), ("sweep", sweep), ("grid", sweep[::6])):
        outputs.plot().savefig(FOLDER / f"results-{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    asyncio.run(draw())
