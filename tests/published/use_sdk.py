"""A session with the published oqc-qcaas-sdk; prints what it saw as JSON. Run by its own environment."""

import asyncio
import json
import sys
from typing import Any

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from oqc_qcaas_sdk import OqcSdk
from programs import BAD, BELL, SLOW


async def main(url: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    async with OqcSdk(url=url, authentication_token="any") as sdk:
        (qpu,) = await sdk.list_qpus()
        seen["qpu"] = qpu["id"]
        sdk.set_default_qpu(qpu["id"])
        seen["features"] = await sdk.get_features()
        seen["status"] = await sdk.get_system_status()
        seen["calibration"] = await sdk.get_calibration(date_filter="2026-01-02")
        seen["next window"] = await sdk.get_next_window()

        config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().binary_count())
        bell = sdk.create_job(program=BELL, config=config, fetch_diagnostics=True)
        await bell.execute(timeout_s=60)
        bell.raise_for_status()
        seen["bell"] = bell.result.data
        seen["timings"] = bell.timings
        seen["metrics"] = bell.metrics
        seen["metadata"] = bell.metadata

        bad = sdk.create_job(program=BAD)
        await bad.execute(timeout_s=60)
        seen["bad"] = [bad.state.value, bad.error.error_code, bad.error.error_message]

        composite = sdk.create_job(program=[BELL, BAD, BELL])
        outputs = await composite.execute(timeout_s=60)
        seen["composite"] = [job.state.value for job in composite.jobs]
        seen["outputs"] = [output.ok for output in outputs.all()]

        slow = await sdk.create_job(program=SLOW).submit()
        await slow.cancel()
        await slow.refresh()
        seen["cancelled"] = slow.state.value

    async with OqcSdk(url=url, email="a@b.example", password="any") as sdk:
        seen["qpus after a login"] = len(await sdk.list_qpus())
    return seen


print(json.dumps(asyncio.run(main(sys.argv[1]))))
