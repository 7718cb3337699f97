"""Starts the certified provider of `provider/`."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from qcaas_sdk import DeviceCode

HERE = Path(__file__).parent / "provider"
MACHINE = {"client_id": "machine", "client_secret": "the machine secret/+ &", "scope": "qcaas"}


def node() -> str | None:
    """Node.js, of the system or of the environment."""
    return shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))


def skip_unless_installed() -> None:
    """Skip the module if the provider cannot run here; fail if it has to (`PROVIDER_TESTS=required`)."""
    if node() is not None and (HERE / "node_modules" / "oidc-provider").is_dir():
        return
    reason = "oidc-provider is not installed: `npm ci --prefix tests/oidc/provider`"
    if os.environ.get("PROVIDER_TESTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


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
        [node() or "node", "server.mjs"],
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
