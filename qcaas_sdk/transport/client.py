"""Requests out, JSON in: `Transport`. It knows hosts, credentials and patience; it knows no job."""

import asyncio
import logging
import random as random_
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tenacity
from attrs import frozen

from qcaas_sdk._version import __version__
from qcaas_sdk.clock import Clock, SystemClock
from qcaas_sdk.errors import AuthenticationError, BadAnswer, SdkNotOpen, ServerUnavailable, TransportError
from qcaas_sdk.transport.answers import JsonValue, parse, refusal
from qcaas_sdk.transport.carriers import fast_network
from qcaas_sdk.transport.credentials import Credential
from qcaas_sdk.transport.exchange import Request, exchange
from qcaas_sdk.transport.pacing import Pace
from qcaas_sdk.transport.patience import Patience, pause_before, retry_after
from qcaas_sdk.transport.size import check_size, encode
from qcaas_sdk.transport.trust import Trust, checked_base_url

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("qcaas_sdk.transport")

USER_AGENT = f"qcaas-sdk/{__version__}"


ATTEMPTS_AT_BAD_ANSWERS = 5


@frozen
class _Host:
    """What requests to one host have in common."""

    places: asyncio.Semaphore
    pace: Pace


class Transport:
    """Sends requests to a service and its QPUs, with a credential, patience and manners.

    Attributes:
        base_url: The service's address, without a slash at its end.
        requests_sent: How many requests have left, every attempt counted.
    """

    def __init__(
        self,
        base_url: str,
        credential: Credential,
        *,
        allowed_hosts: Collection[str] = (),
        http_transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Clock | None = None,
        patience: Patience | None = None,
        max_in_flight: int = 8,
        random: random_.Random | None = None,
    ) -> None:
        """Prepare; nothing is sent or opened yet.

        Args:
            base_url: Where paths without a host go.
            credential: Who the user is.
            allowed_hosts: Further hosts that may see the credential.
            http_transport: What carries the requests; by default the network.
            clock: Where time comes from.
            patience: The limits of a request that names none of its own.
            max_in_flight: Requests to one host that may be under way at once. httpx's pool scans all
                that wait in it, so they wait here instead.
            random: Where jitter comes from.

        Raises:
            ValueError: The URL cannot be used.
        """
        self.base_url = checked_base_url(base_url)
        self.requests_sent = 0
        self._credential = credential
        self._trust = Trust(self.base_url, allowed_hosts)
        self._http_transport = http_transport
        self._clock = clock or SystemClock()
        self._patience = patience or Patience()
        self._width = max_in_flight
        self._hosts: dict[str, _Host] = {}
        self._random = random or random_.Random()  # noqa: S311  # jitter, not secrets
        self._client: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Make ready to send. Opening twice does nothing."""
        if self._client is not None:
            return
        import httpx  # noqa: PLC0415  # slow to import; `import qcaas_sdk` does without it

        self._hosts = {}
        self._client = httpx.AsyncClient(
            transport=self._http_transport or fast_network(self._width),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=self._width),
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        )

    async def close(self) -> None:
        """Let go of all connections. Closing twice does nothing."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: JsonValue = None,
        params: Mapping[str, str] | None = None,
        repeatable: bool = True,
        authenticate: bool = True,
        patience: Patience | None = None,
    ) -> JsonValue:
        """Send a request until it is answered, refused, or patience is at its end.

        Args:
            method: The HTTP method.
            url: A path at the service, or the whole address of a QPU.
            json: The body; None for none.
            params: The query.
            repeatable: Whether sending it twice does no harm. If not, it is repeated only when it is certain that the
                server has not acted on it.
            authenticate: Whether the credential goes along.
            patience: The limits; by default the transport's.

        Returns:
            The JSON value of the answer; None for an empty one.

        Raises:
            AuthenticationError: The credential was refused.
            RequestRefused: It was refused, for certain; as `UntrustedHost` or `RequestTooLarge` before it left.
            TransportError: No usable answer within the limits.
            SdkNotOpen: The transport is not open.
        """
        url = url if "://" in url else self.base_url + url
        request = Request(method, url, None if json is None else encode(json), params, authenticate=authenticate)
        if authenticate:
            self._trust.check(url)
        limits = patience or self._patience
        deadline = self._clock.monotonic() + limits.total_s
        attempts = tenacity.AsyncRetrying(
            retry=lambda state: _may_be_repeated(state, repeatable),
            wait=self._pause,
            stop=lambda state: self._clock.monotonic() + state.upcoming_sleep >= deadline,
            sleep=self._clock.sleep,
            reraise=True,
        )
        answer: JsonValue = await attempts(self._attempt, request, limits, deadline)
        return answer

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = _error_of(state)
        asked = error.retry_after_s if isinstance(error, TransportError) else None
        return max(asked or 0.0, pause_before(state.attempt_number + 1, self._random))

    async def _attempt(self, request: Request, limits: Patience, deadline: float) -> JsonValue:
        """Send it once, or twice if the service wants a fresh login in between."""
        request.left = False
        try:
            async with asyncio.timeout(max(deadline - self._clock.monotonic(), 0.0)):
                return await self._send_as_user(request, limits)
        except TimeoutError:
            raise ServerUnavailable(
                f"{request.name}: no answer within {limits.total_s:g} s in all; try again later",
                may_have_arrived=request.left,
            ) from None

    async def _send_as_user(self, request: Request, limits: Patience) -> JsonValue:
        if not request.authenticate:
            return await self._send(request, {}, limits)
        headers = await self._credential.headers(self._post)
        try:
            return await self._send(request, headers, limits)
        except AuthenticationError as error:
            if error.status != 401 or not self._credential.renew(headers):
                raise
        return await self._send(request, await self._credential.headers(self._post), limits)

    async def _post(self, path: str, body: JsonValue) -> JsonValue:
        return await self._send(
            Request("POST", self.base_url + path, encode(body), authenticate=False), {}, self._patience
        )

    async def _send(self, request: Request, headers: Mapping[str, str], limits: Patience) -> JsonValue:
        """One request over the wire, when its host has a place for it, and the answer."""
        if request.body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        check_size(request.body or b"", headers, request.name)
        netloc = urlsplit(request.url).netloc
        if (host := self._hosts.get(netloc)) is None:
            host = self._hosts[netloc] = _Host(asyncio.Semaphore(self._width), Pace(self._clock))
        async with host.places:
            await host.pace.turn()
            if self._client is None:
                raise SdkNotOpen(
                    f"{request.name}: the SDK is not open: use `async with OqcSdk(...)`, or `await open()`"
                )
            started = self._clock.monotonic()
            request.left = True
            self.requests_sent += 1
            status, said, content = await exchange(self._client, request, headers, limits)
            log.debug("%s: %d, %.0f ms", request.name, status, 1e3 * (self._clock.monotonic() - started))
        if 200 <= status < 300:
            host.pace.answered()
            return parse(content, request.name)
        asked = retry_after(said.get("retry-after"), self._clock.wall())
        if status in {429, 503} and asked is not None:
            host.pace.pause(asked)
        if status == 429:
            host.pace.slow_down()
        raise refusal(status, content, request.name, retry_after_s=asked)


def _may_be_repeated(state: tenacity.RetryCallState, repeatable: bool) -> bool:
    error = _error_of(state)
    if not isinstance(error, TransportError) or (error.may_have_arrived and not repeatable):
        return False
    if isinstance(error, BadAnswer):  # noise on the way passes; a server that talks like this does not
        return error.may_have_arrived and state.attempt_number < ATTEMPTS_AT_BAD_ANSWERS
    return True


def _error_of(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
