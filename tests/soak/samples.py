"""Snapshots and journals of jobs that have been through all kinds of things, to be damaged."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from compiler_config.config import CompilerConfig

from qcaas_sdk import JobTimeout
from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu, sdk_on

QPU = "qpu:sim:1"


async def lives(journal: Path | None = None) -> list[dict[str, Any]]:
    """Run jobs of all kinds; returns their snapshots."""
    cloud = SimulatedCloud(qpus=[SimulatedQpu(QPU, service_time=Constant(2.0))])
    async with sdk_on(cloud, journal=journal) as sdk:
        fresh = sdk.create_job(program="OPENQASM 2.0; // fresh", tag="a tag")
        done = sdk.create_job(program="OPENQASM 2.0; // ü done", config=CompilerConfig(repeats=7))
        await done.execute()
        await done.execute()
        failed = sdk.create_job(program="OPENQASM 2.0; // simulated: fails", fetch_diagnostics=True)
        await failed.execute()
        cancelled = await sdk.create_job(program="OPENQASM 2.0; // cancelled").submit()
        await cancelled.cancel()
        anew = sdk.create_job(program="OPENQASM 2.0; // anew")
        await anew.execute()
        anew.reconfigure(program="OPENQASM 2.0; // anew, again")
        running = await sdk.create_job(program="OPENQASM 2.0; // running").submit()
        await running.refresh()
        many = sdk.create_job(
            program=["OPENQASM 2.0; // one", "OPENQASM 2.0; // simulated: fails", "OPENQASM 2.0; // three"]
        )
        many.add(sdk.create_job(program=["OPENQASM 2.0; // four"]))
        with contextlib.suppress(JobTimeout):
            await many.wait(5.0)
        return [job.to_snapshot() for job in (fresh, done, failed, cancelled, anew, running, many)]


async def snapshots() -> list[dict[str, Any]]:
    """Snapshots of jobs and composites in all states."""
    return await lives()


async def journal_file(path: Path) -> None:
    """A journal of the same."""
    await lives(path)


async def journal_entries() -> list[list[list[Any]]]:
    """The entries of such a journal, as lists of subject, kind and body."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.db"
        await lives(path)
        with JournalFile(path) as file:
            entries, _ = file.read()
    return [[[entry.subject, entry.kind, dict(entry.body)] for entry in entries]]
