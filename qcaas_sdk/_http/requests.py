"""Sends one request, and turns the errors of httpx into the SDK's."""

from collections.abc import AsyncIterable, Awaitable, Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.request_log import RequestEntry, RequestLog
from qcaas_sdk._base.text import one_line
from qcaas_sdk._http.responses import MAX_RESPONSE
from qcaas_sdk._http.retry import RetryPolicy
from qcaas_sdk._http.transports import HttpTransport
from qcaas_sdk._http.urls import UrlCache
from qcaas_sdk._http.wire_errors import in_plain_words, is_of_the_wire, never_left, no_such_name, what_to_change
from qcaas_sdk.errors import (
    BadAnswer,
    QcaasError,
    SdkNotOpen,
    ServerUnavailable,
    ServerUnreachable,
    TransportError,
    UntrustedHost,
)

if TYPE_CHECKING:
    import httpx

MAX_ENCODED = 100
"""The most sets of headers that are kept encoded."""

Exchanged: TypeAlias = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body of an answer."""


@define(eq=False, repr=False)
class PreparedRequest:
    """A request that can be sent several times.

    Attributes:
        method: The HTTP method.
        url: The full URL.
        body: The encoded body; None for none.
        params: The query.
        authenticate: Whether the credential is sent.
        secrets: Values of the body that messages must not show.
        confidential: Whether the answer contains secrets, so that messages show nothing of it.
        basic: Its own `Authorization` header, if it has one.
        content_type: What the body is.
        netloc: Host and port.
        path: The path, without the query.
        name: Method, host and path, for messages; without the query, which may be confidential.
        connecting: Whether the current attempt is known to wait for a connection.
        left: Whether part of the current attempt may have been sent.
        in_doubt: Whether the server may have acted on any attempt so far.
        attempts: How many attempts there were.
        last_error: The error of the last one.
        about: What it is about, for the log of requests.
    """

    method: str
    url: str
    body: bytes | None = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    authenticate: bool = True
    secrets: tuple[str, ...] = field(default=(), repr=False)
    confidential: bool = False
    basic: str | None = field(default=None, repr=False)
    content_type: str = "application/json"
    netloc: str = field(init=False)
    path: str = field(init=False)
    name: str = field(init=False)
    connecting: bool = field(default=False, init=False)
    left: bool = field(default=False, init=False)
    in_doubt: bool = field(default=False, init=False)
    attempts: int = field(default=0, init=False)
    last_error: str = field(default="", init=False)
    about: Collection[str] = ()

    def __attrs_post_init__(self) -> None:
        self.netloc, _, path = self.url.partition("?")[0].partition("://")[2].partition("/")
        self.path = f"/{path}"
        self.name = one_line(f"{self.method} {self.netloc}{self.path}")

    def begin(self) -> None:
        """Start another attempt; nothing of it is sent yet."""
        self.attempts += 1
        self.connecting = self.left = False

    def hand_over(self, traced: bool) -> None:
        """Note that the transport has the attempt. If `traced`, the transport reports when it starts to send."""
        self.connecting, self.left = traced, not traced

    def entry(self, begin_s: float) -> RequestEntry:
        """The current attempt for the log of requests."""
        path = one_line(self.path)
        return RequestEntry(self.method, path, self.confidential, self.attempts or 1, self.about, begin_s)

    async def on_event(self, event: str, _: object) -> None:
        """Called by httpx's network transport (its `trace` extension)."""
        if event.endswith("send_request_headers.started"):
            self.hand_over(traced=False)


class RequestBuilder:
    """Builds httpx requests. Hosts and headers, which many requests share, are parsed and encoded once."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """Nothing is encoded yet.

        Args:
            headers: The headers of every request.
        """
        self._common = headers
        self._urls = UrlCache()
        self._encoded: dict[tuple[tuple[str, str], ...], httpx.Headers] = {}

    def build(self, request: PreparedRequest, headers: Mapping[str, str], limits: RetryPolicy) -> "httpx.Request":
        """The httpx request with all headers.

        Args:
            request: The request.
            headers: The headers of the credential.
            limits: The limits of the request.

        Raises:
            UntrustedHost: The URL is not valid; nothing was sent.
        """
        import httpx  # noqa: PLC0415  # loaded when the transport was opened

        silence = limits.read_timeout_s
        try:
            url = self._urls.url(request.url)
            wire = httpx.Request(
                request.method,
                url,
                params=request.params,
                headers=self._headers(request, headers, url),
                stream=httpx.ByteStream(request.body or b""),
                extensions={
                    "timeout": {
                        "connect": limits.connect_timeout_s,
                        "read": silence,
                        "write": silence,
                        "pool": None,
                    },
                    "trace": request.on_event,
                },
            )
            wire.read()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise UntrustedHost(
                f"{request.method}: the service lists a QPU with a URL that is not valid; nothing was sent"
            ) from error
        return wire

    def _headers(self, request: PreparedRequest, headers: Mapping[str, str], url: "httpx.URL") -> "httpx.Headers":
        """All headers, with those that httpx adds to a request: it would encode all of them again each time."""
        own = (("Host", url.netloc.decode("ascii")), *headers.items())
        if (encoded := self._encoded.get(own)) is None:
            import httpx  # noqa: PLC0415  # as above

            if len(self._encoded) >= MAX_ENCODED:  # tokens come and go
                self._encoded.clear()
            encoded = self._encoded[own] = httpx.Headers({**dict(own), **self._common})
        if request.body is not None:
            encoded = encoded.copy()
            encoded["Content-Type"] = request.content_type
            encoded["Content-Length"] = str(len(request.body))
        elif request.method in {"POST", "PUT", "PATCH"}:
            encoded = encoded.copy()
            encoded["Content-Length"] = "0"
        return encoded


async def exchange(
    transport: HttpTransport, wire: "httpx.Request", name: str, limits: RetryPolicy, *, known: bool
) -> Exchanged:
    """Send a request once.

    Args:
        transport: The transport.
        wire: The request.
        name: Its name in messages.
        limits: Its limits.
        known: Whether the host has answered before; then a failed name lookup may be temporary.

    Returns:
        Status, headers and body of the answer.

    Raises:
        ServerUnreachable: There was no connection; the server has not seen the request.
        ServerUnavailable: The connection broke or timed out; the server may have seen the request.
        BadAnswer: The answer cannot be decoded, or is too large.
    """
    try:
        response = await transport.handle_async_request(wire)
        try:
            body = await _read(response, name)
        finally:
            await response.aclose()
    except Exception as error:
        named = _named(error, name, limits, known)
        if named is None:
            raise
        raise named from error
    return response.status_code, response.headers, body


async def recorded(
    sent: Awaitable[Exchanged], request: PreparedRequest, requests: RequestLog, clock: Clock
) -> Exchanged:
    """Await an exchange that begins now, and write it to the log of requests."""
    entry = request.entry(clock.monotonic())
    requests.entries.append(entry)
    try:
        answer = await sent
    except BaseException as error:
        entry.end_s = clock.monotonic()
        entry.may_have_arrived = error.may_have_arrived if isinstance(error, TransportError) else request.left
        raise
    entry.end_s, entry.status = clock.monotonic(), answer[0]
    return answer


def _named(error: Exception, name: str, limits: RetryPolicy, known: bool) -> QcaasError | None:
    """The SDK's error for an error of the transport; None for other errors."""
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    reason = in_plain_words(error) or str(error) or type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return BadAnswer(f"{name}: the answer cannot be decompressed ({reason})", may_have_arrived=True)
    if not is_of_the_wire(error):
        return None
    if never_left(error):
        advice = what_to_change(error)
        return ServerUnreachable(
            f"{name}: no connection ({reason}); {advice or 'check the URL and your network'}",
            temporary=advice is None and (known or not no_such_name(error)),
        )
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return ServerUnavailable(
            f"{name}: no data from the server for {limits.read_timeout_s:g} s; try again later", may_have_arrived=True
        )
    return ServerUnavailable(
        f"{name}: the connection broke before the answer was complete ({reason})", may_have_arrived=True
    )


async def _read(response: "httpx.Response", name: str) -> bytes:
    # httpx decodes all headers to find one, which costs more than to compare the few that there are.
    packed_as = [value for name, value in response.headers.raw if name.lower() == b"content-encoding"]
    packing = b", ".join(packed_as).decode("latin-1").strip().lower()
    if packing not in {"", "identity", "gzip", "deflate"}:  # other decoders may have no limit
        raise BadAnswer(
            f"{name}: the answer has the encoding {packing[:40]!r}, which was not requested", may_have_arrived=True
        )
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    stream, packed = response.stream, packing not in {"", "identity"}
    as_it_comes = isinstance(stream, httpx.AsyncByteStream) and not packed
    chunks: AsyncIterable[bytes] = stream if as_it_comes else response.aiter_bytes()  # type: ignore[assignment]  # above
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_RESPONSE:
            raise BadAnswer(f"{name}: the answer is larger than {MAX_RESPONSE:,} bytes", may_have_arrived=True)
    return bytes(body)


def out_of_time(request: PreparedRequest, limits: RetryPolicy) -> TransportError:
    """The error for a request that was not answered within its limits."""
    before = f"; before that: {request.last_error}" if request.last_error else ""
    if request.connecting:
        return ServerUnreachable(
            f"{request.name}: no connection within {limits.total_s:.3g} s; check the URL and your network{before}"
        )
    return ServerUnavailable(
        f"{request.name}: no answer within {limits.total_s:.3g} s; try again later{before}",
        may_have_arrived=request.left,
    )


def sum_up(error: TransportError, request: PreparedRequest, seconds: float) -> None:
    """Make the last error describe all attempts: the server may have acted on an earlier one."""
    text = str(error)
    if request.attempts > 1:
        text += f" ({request.attempts} attempts in {seconds:.3g} s)"
    if request.in_doubt and not error.may_have_arrived:
        text += "; an earlier attempt may have arrived"
        error.may_have_arrived = True
    error.args = (text,)


def not_open() -> SdkNotOpen:
    """The error for a request of a client that is not open."""
    return SdkNotOpen(
        "the SDK is not open, and nothing was sent: use `async with OqcSdk(...) as sdk`, or `await sdk.open()` first"
    )
