"""Processes that share a token cache and a rotating refresh token, against a certified provider.

A refresh token works once, and a second use revokes the whole sign-in: one lost update would end it for all.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import frozen

from qcaas_sdk import OidcCredential, OqcSdk
from tests.oidc.real_provider import RealProvider, running

LIFE_S = 2


@frozen
class Outcome:
    """How a run ended.

    Attributes:
        requests: Requests to the service that were answered.
        refreshes: Refresh tokens that were used.
        refused: Requests with an access token that was not valid.
        errors: What went wrong.
    """

    requests: int
    refreshes: int
    refused: int
    errors: list[str]


def run(seconds: float, processes: int = 2) -> Outcome:
    """Sign in once, then let processes work side by side.

    Args:
        seconds: How long.
        processes: How many.
    """
    with tempfile.TemporaryDirectory() as root, running(life=LIFE_S, slow=20) as provider:
        environment = os.environ | {"OQC_OIDC_CACHE_ROOT": root, "PYTHONPATH": str(Path(__file__).parents[2])}
        os.environ["OQC_OIDC_CACHE_ROOT"] = root
        asyncio.run(_sign_in(provider))
        begun = provider.counts()
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.soak.sign_in", provider.issuer, str(seconds)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]
        said = [json.loads(process.communicate()[0] or '{"requests": 0, "errors": ["died"]}') for process in started]
        ended = provider.counts()
        return Outcome(
            sum(one["requests"] for one in said),
            ended["refresh"] - begun["refresh"],
            ended["refused"] - begun["refused"],
            [error for one in said for error in one["errors"]],
        )


async def _sign_in(provider: RealProvider) -> None:
    sdk = OqcSdk(provider.issuer, credential=OidcCredential(provider.issuer, "public"))
    await sdk.sign_in(provider.approve)


async def _work(issuer: str, seconds: float) -> dict[str, object]:
    requests, errors = 0, list[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not errors:
        async with OqcSdk(issuer, credential=OidcCredential(issuer, "public")) as sdk:  # also begins from the cache
            till = min(time.monotonic() + 3.0 * LIFE_S, end)
            while time.monotonic() < till and not errors:
                for one in await asyncio.gather(*(sdk.list_qpus() for _ in range(4)), return_exceptions=True):
                    requests += not isinstance(one, BaseException)
                    errors += [repr(one)] if isinstance(one, BaseException) else []
                await asyncio.sleep(0.02)
    return {"requests": requests, "errors": errors}


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(asyncio.run(_work(sys.argv[1], float(sys.argv[2])))))
    else:
        outcome = run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
        print(outcome)
        sys.exit(bool(outcome.errors))
