"""The published oqc-qcaas-sdk with snapshots of another SDK, and its own; prints what it saw as JSON.

Run by its own environment. The folder is named by the environment variable SNAPSHOTS.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from oqc_qcaas_sdk import CompositeJob, OqcSdk
from programs import BAD, BELL, SLOW


def told(job: Any) -> Any:
    if isinstance(job, CompositeJob):
        return [told(child) for child in job.jobs]
    return {
        "program": job.program,
        "state": job.state.value,
        "task_id": job.task_id and str(job.task_id),
        "tag": job.tag,
        "config": job.config and [type(job.config).__name__, job.config.repeats],
        "result": job.result.data if job.result is not None else None,
        "error": job.error and [job.error.error_code, job.error.error_message],
        "history": [[str(output.task_id), output.ok, output.program] for output in job.history.all()],
        "timings": job.timings,
    }


async def main(url: str, folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = {"loaded": {}, "went on": {}, "saved": {}}
    async with OqcSdk(url=url, authentication_token="any") as sdk:
        (qpu,) = await sdk.list_qpus()
        sdk.set_default_qpu(qpu["id"])
        for file in sorted(folder.glob("ours *.json")):
            job = sdk.load(file)
            seen["loaded"][file.stem.removeprefix("ours ")] = told(job)
            if file.stem == "ours submitted":
                await job.wait(timeout_s=60)
                seen["went on"] = told(job)

        config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().binary_count())

        def new(program: str = BELL, **more: Any) -> Any:
            return sdk.create_job(program=program, config=config, **more)

        jobs = {name: new() for name in ("created", "completed", "three runs", "set up anew", "cancelled at its end")}
        jobs["failed"], jobs["by default"] = new(BAD), sdk.create_job(program=BELL)
        jobs["diagnostics"] = new(fetch_diagnostics=True)
        for name in set(jobs) - {"created"}:
            await jobs[name].execute(timeout_s=60)
        for program in (BAD, BELL):
            jobs["three runs"].reconfigure(program=program)
            await jobs["three runs"].execute(timeout_s=60)
        jobs["set up anew"].reconfigure(program=BAD)
        await jobs["cancelled at its end"].cancel()
        await jobs["completed"].refresh()  # puts the result into history once more
        jobs["composite"] = sdk.create_job(program=[BELL, BAD, BELL])
        await jobs["composite"].execute(timeout_s=60)
        jobs["slow"] = await new(SLOW).submit()
        jobs["submitted"] = await new().submit()
        for name, job in jobs.items():
            job.save(folder / f"theirs {name}.json")
            seen["saved"][name] = told(job)
        await jobs["slow"].cancel()
    return seen


print(json.dumps(asyncio.run(main(sys.argv[1], Path(os.environ["SNAPSHOTS"])))))
