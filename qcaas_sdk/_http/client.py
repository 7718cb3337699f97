"""`HttpClient`: requests out, JSON in. It handles hosts, credentials and retries, independent of jobs."""

import asyncio
import logging
import math
import random as random_
import sys
from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import urlencode, urlsplit

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._base.request_log import RequestLog
from qcaas_sdk._http.credentials import Advises, Credential
from qcaas_sdk._http.host import Host
from qcaas_sdk._http.json_decoding import JsonValue
from qcaas_sdk._http.login import LoginRequests, LoginTasks
from qcaas_sdk._http.rate_limiter import RateLimiter
from qcaas_sdk._http.request_size import check_size, encode
from qcaas_sdk._http.requests import (
    PreparedRequest,
    RequestBuilder,
    exchange,
    not_open,
    out_of_time,
    recorded,
    sum_up,
)
from qcaas_sdk._http.responses import error_from_response, oauth_refusal, read_confidential, read_json
from qcaas_sdk._http.retry import RetryPolicy, retry_after
from qcaas_sdk._http.silence import Silence
from qcaas_sdk._http.tracebacks import without_frames
from qcaas_sdk._http.transports import HttpTransport, proxy_on_the_way, transport_for
from qcaas_sdk._http.trusted_hosts import TrustedHosts, checked_base_url
from qcaas_sdk._version import __version__
from qcaas_sdk.errors import AuthenticationError, QcaasError, RateLimited, TransportError

log = logging.getLogger("qcaas_sdk._http")

HEADERS = {
    "User-Agent": f"qcaas-sdk/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
}

MIN_ATTEMPT_S = 0.05
"""Seconds; with less time left, there is no other attempt, and the last error is raised."""


class HttpClient:
    """Sends requests to a service and its QPUs, with authentication, retries and rate limits.

    Attributes:
        base_url: The URL of the service, without a slash at its end.
        requests_sent: How many requests were sent, counting every attempt.
        log: The requests that were sent, if it is active.
        silence: How long it has had no answer.
    """

    def __init__(
        self,
        base_url: str,
        credential: Credential,
        *,
        allowed_hosts: Collection[str] = (),
        http_transport: HttpTransport | None = None,
        clock: Clock | None = None,
        policy: RetryPolicy | None = None,
        max_in_flight: int = 8,
        random: random_.Random | None = None,
    ) -> None:
        """Prepare; nothing is sent or opened yet.

        Args:
            base_url: The host for paths without a host.
            credential: The user's credential.
            allowed_hosts: Further hosts that may get the credential.
            http_transport: Sends the requests; by default the network.
            clock: The source of time.
            policy: The limits of requests without a policy of their own.
            max_in_flight: The most concurrent requests to one host. The others wait here, because httpx's pool scans
                all requests that wait in it.
            random: The source of jitter.

        Raises:
            ValueError: The URL is not valid, or `max_in_flight` is less than 1.
        """
        if max_in_flight < 1:
            raise ValueError(f"max_in_flight must be at least 1, not {max_in_flight}")
        self.base_url = checked_base_url(base_url)
        self.requests_sent = 0
        self.log = RequestLog()
        self.silence = Silence()
        self._credential = credential
        self._trusted = TrustedHosts(self.base_url, allowed_hosts)
        self._http_transport = http_transport
        self._clock = clock or SystemClock()
        self._policy = policy or RetryPolicy()
        self._width = max_in_flight
        self._hosts: dict[str, Host] = {}
        self._builder = RequestBuilder(HEADERS)
        self._random = random or random_.Random()  # noqa: S311  # jitter, not secrets
        self._opened: HttpTransport | None = None
        self._traced = False
        self._logins = LoginTasks()
        self._login_error = ""

    def authenticate_with(self, credential: Credential) -> None:
        """Use this credential from now on."""
        self._credential = credential

    async def open(self) -> None:
        """Open the transport. Opening twice does nothing."""
        if self._opened is not None:
            return
        self._hosts = {}
        host = urlsplit(self.base_url).hostname or ""
        self._opened, self._traced = transport_for(host, self._http_transport, keepalive=self._width)

    async def close(self) -> None:
        """Close all connections. Closing twice does nothing.

        A login that is under way is finished first: its answer may hold the only valid refresh token.
        """
        await self._logins.close()
        transport, self._opened = self._opened, None
        if transport is not None:
            await transport.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: JsonValue = None,
        form: Mapping[str, str] | None = None,
        basic: str | None = None,
        confidential: bool = False,
        params: Mapping[str, str] | None = None,
        idempotent: bool = True,
        single_attempt: bool = False,
        authenticate: bool = True,
        policy: RetryPolicy | None = None,
        about: Collection[str] = (),
    ) -> JsonValue:
        """Send a request, with retries, until it is answered, refused or out of time.

        Args:
            method: The HTTP method.
            url: A path of the service, or the full URL of a QPU.
            json: The body; None for none.
            form: The body as the fields of a form, instead of `json`. Messages show nothing of it.
            basic: The `Authorization` header of a request without the credential.
            confidential: Whether the answer contains secrets. Then a refusal in OAuth's format is returned too.
            params: The query.
            idempotent: Whether it may be sent twice. If not, it is repeated only if the server certainly has not
                acted on it.
            single_attempt: Whether it is never repeated.
            authenticate: Whether the credential is sent.
            policy: The limits; by default the client's.
            about: What it is about, for the log of requests.

        Returns:
            The JSON value of the answer; None for an empty answer.

        Raises:
            AuthenticationError: The credential was refused.
            RequestRefused: The request was refused; `UntrustedHost` or `RequestTooLarge` if it was not sent.
            TransportError: There was no usable answer within the limits.
            SdkNotOpen: The client is not open.
        """
        url = self.base_url + url if url.startswith("/") else url
        body = None if json is None else encode(json)
        request = PreparedRequest(
            method, url, body, params, authenticate, confidential=confidential, basic=basic, about=about
        )
        if form is not None:
            request.body, request.content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
            request.secrets = tuple(form.values())
        if (proxy := proxy_on_the_way(self._opened, url)) is not None:
            request.name += f" (through the proxy {proxy})"
        if authenticate:
            self._trusted.check(url)
        outer = sys.exception()
        self.silence.ask(self._clock.monotonic())
        try:
            return await self._until_answered(
                request, policy or self._policy, idempotent=idempotent, single_attempt=single_attempt
            )
        except (QcaasError, asyncio.CancelledError) as error:
            raise without_frames(error, outer)  # noqa: B904  # it is the same error
        finally:
            self.silence.stop()

    async def _until_answered(
        self, request: PreparedRequest, limits: RetryPolicy, *, idempotent: bool, single_attempt: bool
    ) -> JsonValue:
        begin = self._clock.monotonic()
        deadline = begin + limits.total_s
        while True:
            try:
                return await self._attempt(request, limits, deadline)
            except TransportError as error:
                again = not single_attempt and limits.allows_another(error, request.attempts, idempotent=idempotent)
                pause = 0.0
                if again:
                    pause = max(error.retry_after_s or 0.0, limits.backoff(request.attempts + 1, self._random))
                if not again or self._clock.monotonic() + pause > deadline - MIN_ATTEMPT_S:
                    sum_up(error, request, self._clock.monotonic() - begin)
                    raise
            await self._clock.sleep(pause)

    def login_requests(self, limits: RetryPolicy | None = None, deadline: float = math.inf) -> LoginRequests:
        """What a credential uses to sign in.

        Args:
            limits: The limits of its requests to the service.
            deadline: When they end, in seconds of the monotonic clock.

        Raises:
            SdkNotOpen: The client is not open.
        """
        if self._opened is None:
            raise not_open()
        return LoginRequests(
            self._clock, partial(self._post, limits or self._policy, deadline), self.request, self._logins
        )

    def recent_errors(self, url: str, since: float) -> str:
        """The errors of a URL's host since a moment, if it has answered with errors only.

        Args:
            url: The URL.
            since: The moment, in seconds of the monotonic clock.

        Returns:
            Part of a sentence; empty if there were none, or the last answer was successful.
        """
        host = self._hosts.get(urlsplit(url).netloc)
        return host.errors.since(since) if host is not None else ""

    async def _attempt(self, request: PreparedRequest, limits: RetryPolicy, deadline: float) -> JsonValue:
        """Send it once, or twice if the service asks for a new login."""
        request.begin()
        try:
            async with asyncio.timeout(max(deadline - self._clock.monotonic(), 0.0)):
                return await self._send_as_user(request, limits, deadline)
        except TimeoutError:
            error: TransportError = out_of_time(request, limits)
        except TransportError as last_error:
            error = last_error
        request.in_doubt |= error.may_have_arrived
        request.last_error = str(error)
        self.silence.failed(request.last_error)
        if request.confidential:
            self._login_error = request.last_error
        if (host := self._hosts.get(request.netloc)) is not None:
            host.errors.add(self._clock.monotonic(), error)
        log.debug("%s: attempt %d: %s", request.name, request.attempts, type(error).__name__)
        raise error

    async def _send_as_user(self, request: PreparedRequest, limits: RetryPolicy, deadline: float) -> JsonValue:
        if not request.authenticate:
            own = {} if request.basic is None else {"Authorization": request.basic}
            return await self._send(request, own, limits, deadline)
        headers = await self._log_in(request, limits, deadline)
        try:
            return await self._send(request, headers, limits, deadline)
        except AuthenticationError as error:
            if error.status != 401 or not self._credential.renew(headers):
                raise
        request.connecting = request.left = False  # the server does not act on a request that it answers with 401
        headers = await self._log_in(request, limits, deadline)
        try:
            return await self._send(request, headers, limits, deadline)
        except AuthenticationError as error:
            if error.status == 401 and isinstance(self._credential, Advises):
                error.args = (f"{error}; {self._credential.advice()}",)
            raise

    async def _log_in(self, request: PreparedRequest, limits: RetryPolicy, deadline: float) -> Mapping[str, str]:
        try:
            return await self._credential.headers(self.login_requests(limits, deadline))
        except TransportError as error:
            error.may_have_arrived = False  # the login may have arrived; the request itself has not
            raise
        except asyncio.CancelledError:  # often a timeout, whose message says what it waited for
            request.last_error = self._login_error or request.last_error or "the sign-in was not finished"
            raise

    async def _post(self, limits: RetryPolicy, deadline: float, path: str, body: Mapping[str, str]) -> JsonValue:
        request = PreparedRequest(
            "POST",
            self.base_url + path,
            encode({**body}),
            authenticate=False,
            secrets=tuple(body.values()),
            confidential=True,
        )
        return await self._send(request, {}, limits, deadline)

    async def _send(
        self, request: PreparedRequest, headers: Mapping[str, str], limits: RetryPolicy, deadline: float
    ) -> JsonValue:
        """Send one request, when the limits of its host allow it, and return the answer."""
        if self._opened is None:
            raise not_open()
        wire = self._builder.build(request, headers, limits)
        check_size(wire, request.name)
        if (host := self._hosts.get(request.netloc)) is None:
            host = self._hosts[request.netloc] = Host(asyncio.Semaphore(self._width), RateLimiter(self._clock))
        async with host.places:
            if wait := await host.limiter.acquire(deadline):
                raise RateLimited(
                    f"{request.name}: the server asked to wait {wait:.3g} s (Retry-After), which is more than this "
                    "request may wait; try again later",
                    retry_after_s=wait,
                )
            if self._opened is None:
                raise not_open()
            started = self._clock.monotonic()
            request.hand_over(self._traced)
            self.requests_sent += 1
            sent = exchange(self._opened, wire, request.name, limits, known=host.known)
            if self.log.active:
                sent = recorded(sent, request, self.log, self._clock)
            status, said, content = await sent
            host.known = True
            log.debug("%s: %d, %.0f ms", request.name, status, 1e3 * (self._clock.monotonic() - started))
        secrets = (*request.secrets, *(value.rpartition(" ")[2] for value in headers.values()))
        if 200 <= status < 300:
            host.succeeded()
            self.silence.answered(self._clock.monotonic())
            if request.confidential:
                self._login_error = ""
            if request.confidential and content:
                return read_confidential(content, request.name)
            return read_json(content, request.name, secrets)
        if request.confidential and (refusal := oauth_refusal(status, content)) is not None:
            return refusal
        asked = retry_after(said, self._clock.wall())
        host.refused(status, asked)
        raise error_from_response(
            status,
            content,
            request.name,
            retry_after_s=asked,
            location=said.get("location"),
            secrets=secrets,
            confidential=request.confidential,
        )
