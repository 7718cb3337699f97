"""A simulated cloud behind a simulated provider, and credentials for them."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from qcaas_sdk import OidcCredential, OqcSdk
from qcaas_sdk._http import HttpClient
from qcaas_sdk.testing import SimulatedCloud, SimulatedProvider, VirtualClock, sdk_on

KINDS: dict[str, dict[str, Any]] = {
    "client_credentials": {"client_secret": SimulatedProvider.client_secret},
    "password": {"username": SimulatedProvider.username, "password": SimulatedProvider.password},
    "device": {},
}


def credential_for(provider: SimulatedProvider, flow: str = "password", **options: Any) -> OidcCredential:
    return OidcCredential(provider.issuer, provider.client_id, **KINDS[flow] | options)


def sdk_behind(
    provider: SimulatedProvider, cloud: SimulatedCloud, credential: OidcCredential, **options: Any
) -> OqcSdk:
    given = {"authentication_token": None, "credential": credential, "http_transport": provider.transport}
    return sdk_on(cloud, **given | options)


async def client_for(
    credential: OidcCredential, transport: Any, url: str = "https://hub.example.com", **options: Any
) -> HttpClient:
    """An open client in virtual time."""
    client = HttpClient(url, credential, http_transport=transport, clock=VirtualClock(), **options)
    await client.open()
    return client


class Scripted(httpx.AsyncBaseTransport):
    """Answers by a function, and keeps every request with its body."""

    def __init__(self, answer: Callable[[httpx.Request, dict[str, str]], httpx.Response]) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        await asyncio.sleep(0.01)
        self.requests.append(request)
        form = dict(httpx.QueryParams(request.content.decode()))
        return self.answer(request, form)
