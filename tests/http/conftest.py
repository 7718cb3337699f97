"""What sends the requests over the network in these tests."""

import httpx
import pytest

from qcaas_sdk._http.transports import fast_network
from tests.http.fakes import Carrier


@pytest.fixture(params=["httpx", "httpx-aiohttp"])
def carrier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Carrier:
    """Each way over the network: the meaning of what happens there must be the same."""
    if request.param == "httpx":
        return httpx.AsyncHTTPTransport
    pytest.importorskip("httpx_aiohttp", reason="the extra `speed` is not installed")
    monkeypatch.setattr("urllib.request.getproxies", dict)
    return fast_network
