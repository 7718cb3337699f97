"""Starts the certified provider of `provider/`, where Node.js and npm can install it."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen

from qcaas_sdk import DeviceCode

HERE = Path(__file__).parent / "provider"
MACHINE = {"client_id": "machine", "client_secret": "the machine secret/+ &", "scope": "qcaas"}


def why_not() -> str:
    """Why the provider cannot run here; empty if it can. Installs it if need be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node.js and npm are not installed"
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return f"npm cannot install oidc-provider: {done.stderr[-300:]}"
    return ""


@frozen
class RealProvider:
    """A provider that runs.

    Attributes:
        issuer: Its address.
        port: Its port on loopback.
    """

    issuer: str
    port: int

    def get(self, path: str, **query: str) -> Any:
        """Ask the test's own pages of the provider."""
        scheme = self.issuer.partition(":")[0]
        answer = httpx.get(f"{scheme}://127.0.0.1:{self.port}{path}", params=query, verify=False, trust_env=False)
        return answer.raise_for_status().json()

    def approve(self, code: DeviceCode, user: str = "ann@example.org") -> None:
        """Enter a code, as a user."""
        self.get("/approve", code=code.user_code, user=user)

    def deny(self, code: DeviceCode) -> None:
        """Refuse a code, as a user."""
        self.get("/deny", code=code.user_code)

    def counts(self) -> dict[str, int]:
        """How many requests of each kind there were."""
        counts: dict[str, int] = self.get("/counts")
        return counts


@contextmanager
def running(**settings: Any) -> Iterator[RealProvider]:
    """Run a provider.

    Args:
        settings: See `server.mjs`.
    """
    process = subprocess.Popen(
        ["node", "server.mjs"],
        cwd=HERE,
        env=os.environ | {"SETTINGS": json.dumps(settings), "NODE_NO_WARNINGS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        while not (line := process.stdout.readline()).startswith("port "):
            assert line, process.stderr.read()
        port = int(line.split()[1])
        scheme = "https" if "key" in settings else "http"
        yield RealProvider(settings.get("issuer", f"{scheme}://127.0.0.1:{port}"), port)
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


async def until(condition: Any) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(10.0):
        while not condition():
            await asyncio.sleep(0.01)
