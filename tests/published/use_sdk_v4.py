"""A session with the published oqc-qcaas-sdk and an API gateway; prints what it saw as JSON."""

import asyncio
import json
import sys
from typing import Any

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from oqc_qcaas_sdk import OqcSdk
from oqc_qcaas_sdk.auth import KeycloakCredential
from programs import BAD, BELL, SLOW


async def main(url: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    given = {"server_url": url, "realm": "any", "client_id": "any", "client_secret": "any"}
    async with OqcSdk(url=url, credential=KeycloakCredential(**given)) as sdk:
        (qpu,) = await sdk.list_qpus()
        seen["qpu"] = qpu["id"]
        sdk.set_default_qpu(qpu["id"])
        seen["features"] = await sdk.get_features()
        seen["status"] = await sdk.get_system_status(qpu["id"])
        seen["calibration"] = await sdk.get_calibration()

        config = CompilerConfig(repeats=200, results_format=QuantumResultsFormat().binary_count())
        bell = sdk.create_job(program=BELL, config=config, fetch_diagnostics=True)
        await bell.execute(timeout_s=60)
        bell.raise_for_status()
        seen["bell"] = bell.result.data
        seen["timings"] = bell.timings
        seen["metadata"] = bell.metadata

        bad = sdk.create_job(program=BAD)
        await bad.execute(timeout_s=60)
        seen["bad"] = [bad.state.value, bad.error.error_code, bad.error.error_message]

        composite = sdk.create_job(program=[BELL, BAD, BELL])
        await composite.execute(timeout_s=60)
        seen["composite"] = [job.state.value for job in composite.jobs]

        slow = await sdk.create_job(program=SLOW).submit()
        await slow.cancel()
        await slow.refresh()
        seen["cancelled"] = slow.state.value

    user = KeycloakCredential(**given, username="a@b.example", password="any")
    async with OqcSdk(url=url, credential=user) as sdk:
        seen["qpus with a password"] = len(await sdk.list_qpus())
    # The package keeps tokens by realm and client: another client signs in anew.
    device = KeycloakCredential(server_url=url, realm="any", client_id="a-device", interactive=True)
    async with OqcSdk(url=url, credential=device) as sdk:
        seen["qpus with a device code"] = len(await sdk.list_qpus())
    return seen


print(json.dumps(asyncio.run(main(sys.argv[1]))))
