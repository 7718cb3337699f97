"""`SimulatedProvider`: a provider of sign-ins in virtual time, in front of a simulated cloud."""

import asyncio
import json
from collections.abc import Mapping
from random import Random
from typing import Literal
from urllib.parse import parse_qsl

import httpx
from attrs import define

from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.network import Wire

ISSUER = "https://id.example.com"
TOKEN, DEVICE, REVOKE = "/token", "/device", "/revoke"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

Answer = tuple[int, dict[str, object]]


@define
class ProviderLedger:
    """What has happened at a simulated provider.

    Attributes:
        requests: Requests to the token endpoint, also those that failed.
        given: Access tokens that were issued.
        lost: Answers with tokens that never arrived.
        dropped: Answers that never arrived, those with tokens too.
        in_flight: Requests to the token endpoint that are under way.
        most_in_flight: The most that were under way at once.
        refused: Requests to the cloud whose access token was not valid.
    """

    requests: int = 0
    given: int = 0
    lost: int = 0
    dropped: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    refused: int = 0


class SimulatedProvider:
    """An OpenID provider in virtual time, and a cloud that accepts its access tokens.

    It supports client credentials, passwords, device codes and refresh tokens. Every run is the same.

    Attributes:
        issuer: Its address.
        client_id: Its client.
        client_secret: The client's secret.
        username: Its user.
        password: The user's password.
        user_does: What the user does with the code of a device flow: "approves", "denies" or "nothing".
        ledger: What has happened.
        transport: Carries requests to it and to the cloud, for `OqcSdk(…, http_transport=…)`.
    """

    client_id = "qcaas"
    client_secret = "simulated client secret"  # noqa: S105  # nobody's
    username = "user@example.com"
    password = "simulated password"  # noqa: S105  # nobody's

    def __init__(
        self,
        cloud: SimulatedCloud,
        *,
        seed: int = 0,
        token_life_s: float = 300.0,
        refreshable: bool = True,
        rotates: bool = False,
        drops: float = 0.0,
        latency_s: float = 0.05,
        user_does: Literal["approves", "denies", "nothing"] = "approves",
    ) -> None:
        """Set up a provider.

        Args:
            cloud: The service behind it. Its own token is not needed any more.
            seed: Seed of all its random numbers.
            token_life_s: Virtual seconds that an access token lives.
            refreshable: Whether it gives refresh tokens.
            rotates: Whether each refresh token works once. A second use revokes the whole sign-in.
            drops: The part of its answers that never arrive, from 0 to 1.
            latency_s: Virtual seconds that a request and its answer take together.
            user_does: What the user does with the code of a device flow.
        """
        self.issuer = ISSUER
        self.user_does = user_does
        self.ledger = ProviderLedger()
        self.transport: httpx.AsyncBaseTransport = Wire(self.handle)
        self._cloud = cloud
        self._rng = Random(f"provider {seed}")  # noqa: S311  # faults, not secrets
        self._life_s = token_life_s
        self._refreshable = refreshable
        self._rotates = rotates
        self._drops = drops
        self._latency_s = latency_s
        self._ends: dict[str, float] = {}
        self._refresh_tokens: set[str] = set()
        self._numbers = 0

    def revoke_access(self) -> None:
        """Refuse all access tokens that were issued so far."""
        self._ends.clear()

    def revoke_sign_in(self) -> None:
        """Refuse all refresh tokens and access tokens that were issued so far."""
        self._ends.clear()
        self._refresh_tokens.clear()

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of httpx, or pass it on to the cloud."""
        if not str(request.url).startswith(f"{self.issuer}/"):
            return await self._to_cloud(request)
        if request.url.path != TOKEN:
            return httpx.Response(200, json=self._other(request))
        ledger = self.ledger
        ledger.requests += 1
        ledger.in_flight += 1
        ledger.most_in_flight = max(ledger.most_in_flight, ledger.in_flight)
        try:
            return await self._token(request)
        finally:
            ledger.in_flight -= 1

    async def _token(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl((await request.aread()).decode()))
        await asyncio.sleep(self._latency_s / 2)
        dropped, acts = self._rng.random() < self._drops, self._rng.random() < 0.5
        status, body = self._answer(form) if acts or not dropped else (0, {})
        await asyncio.sleep(self._latency_s / 2)
        if dropped:
            self.ledger.dropped += 1
            self.ledger.lost += status == 200
            raise httpx.ReadError("the connection broke: a fault of the simulation", request=request)
        return httpx.Response(status, json=body)

    def _answer(self, form: Mapping[str, str]) -> Answer:
        secret = form.get("client_secret")
        if form.get("client_id") != self.client_id or secret not in {None, self.client_secret}:
            return 401, {"error": "invalid_client", "error_description": "there is no such client, or no such secret"}
        match form.get("grant_type"):
            case "client_credentials" if secret is not None:
                return 200, self._tokens(refreshable=False)
            case "password" if (form.get("username"), form.get("password")) == (self.username, self.password):
                return 200, self._tokens()
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
            case grant if grant == DEVICE_GRANT:
                return self._device()
        return 400, {"error": "invalid_grant", "error_description": "the user name or the password is wrong"}

    def _refreshed(self, token: str) -> Answer:
        if token not in self._refresh_tokens:
            if self._rotates:  # a token that is used twice may be stolen
                self.revoke_sign_in()
            return 400, {"error": "invalid_grant", "error_description": "the refresh token is not valid"}
        if self._rotates:
            self._refresh_tokens.remove(token)
        return 200, self._tokens()

    def _device(self) -> Answer:
        if self.user_does == "approves":
            return 200, self._tokens()
        error = "access_denied" if self.user_does == "denies" else "authorization_pending"
        return 400, {"error": error}

    def _tokens(self, *, refreshable: bool = True) -> dict[str, object]:
        self._numbers += 1
        self.ledger.given += 1
        access = f"access-token-{self._numbers}"
        self._ends[access] = asyncio.get_running_loop().time() + self._life_s
        answer: dict[str, object] = {"access_token": access, "token_type": "Bearer", "expires_in": self._life_s}
        if self._refreshable and refreshable:
            answer["refresh_token"] = f"refresh-token-{self._numbers}"
            self._refresh_tokens.add(f"refresh-token-{self._numbers}")
        return answer

    def _other(self, request: httpx.Request) -> dict[str, object]:
        if request.url.path == DEVICE:
            return {
                "device_code": "simulated-device-code",
                "user_code": "ABCD-EFGH",
                "verification_uri": f"{self.issuer}/enter",
                "expires_in": 600,
                "interval": 5,
            }
        if request.url.path == REVOKE:
            self.revoke_sign_in()
            return {}
        return {
            "issuer": self.issuer,
            "token_endpoint": self.issuer + TOKEN,
            "device_authorization_endpoint": self.issuer + DEVICE,
            "revocation_endpoint": self.issuer + REVOKE,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
        }

    async def _to_cloud(self, request: httpx.Request) -> httpx.Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        if scheme == "Bearer":
            if self._ends.get(token, -1.0) <= asyncio.get_running_loop().time():
                await asyncio.sleep(0)
                self.ledger.refused += 1
                return httpx.Response(401, content=json.dumps({"detail": "the access token has expired"}).encode())
            headers["Authentication-Token"] = self._cloud.token
            headers["Authorization"] = f"Bearer {self._cloud.token}"
        passed = httpx.Request(
            request.method, request.url, headers=headers, content=await request.aread(), extensions=request.extensions
        )
        return await self._cloud.handle(passed)
