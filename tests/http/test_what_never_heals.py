"""What another attempt cannot help is sent once, over either carrier; and an error by way of a proxy names it."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http import HttpClient, RetryPolicy, TokenCredential
from qcaas_sdk._http.wire_errors import never_left, what_to_change
from qcaas_sdk.errors import QcaasError, ServerUnavailable, ServerUnreachable, TransportError
from tests.http.fakes import TOKEN, Carrier, FakeServer, answer

pytestmark = pytest.mark.slow

SECRET = "s3cret-pass"
REQUEST_FOR_A_CERTIFICATE = "req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=localhost"
POLICY = RetryPolicy(total_s=8.0)


@asynccontextmanager
async def opened(url: str, carrier: Carrier | None = None) -> AsyncIterator[HttpClient]:
    transport = HttpClient(url, TokenCredential(TOKEN), http_transport=carrier() if carrier else None)
    await transport.open()
    try:
        yield transport
    finally:
        await transport.close()


@asynccontextmanager
async def server(
    reply: bytes = b"", *, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            heard.append(await reader.read(4096))
            writer.write(reply)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1], heard
    finally:
        listening.close()


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            openssl,
            *[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "key",
                "-out",
                "crt",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


async def the_only_attempt(transport: HttpClient, policy: RetryPolicy = POLICY) -> ServerUnreachable:
    with pytest.raises(ServerUnreachable) as caught:
        await transport.request("GET", "/x", policy=policy)
    assert transport.requests_sent == 1
    assert not caught.value.temporary
    assert not caught.value.may_have_arrived
    assert "attempts" not in str(caught.value)
    return caught.value


async def test_a_certificate_that_does_not_verify_is_tried_once(
    carrier: Carrier, self_signed: ssl.SSLContext
) -> None:
    async with server(context=self_signed) as (port, _), opened(f"https://localhost:{port}", carrier) as transport:
        error = await the_only_attempt(transport)
    assert "its certificate cannot be verified" in str(error)


async def test_a_server_that_speaks_no_tls_is_tried_once(carrier: Carrier) -> None:
    plain = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    async with server(plain) as (port, _), opened(f"https://localhost:{port}", carrier) as transport:
        error = await the_only_attempt(transport)
    assert "does not speak TLS as expected" in str(error)


class Names:
    """Look-ups that fail as told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int, *codes: int) -> None:
        self.codes = [*codes]
        self.port = port
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, *_: object, **__: object) -> list[object]:
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        if code:
            raise socket.gaierror(code, "as told")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", self.port))]


async def test_a_name_that_there_is_not_is_looked_up_once(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, 0, socket.EAI_NONAME)
    async with opened("https://cloud.example.org", carrier) as transport:
        await the_only_attempt(transport)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1"


async def test_a_name_that_is_not_found_for_the_moment_is_looked_up_again(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(OK) as (port, _):
        Names(monkeypatch, port, socket.EAI_AGAIN, socket.EAI_AGAIN, 0)
        async with opened(f"http://localhost:{port}", carrier) as transport:
            assert await transport.request("GET", "/x", policy=POLICY) == 1
            assert transport.requests_sent == 3


async def test_a_name_that_was_found_before_is_looked_up_again(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(OK) as (port, _):
        Names(monkeypatch, port, 0, socket.EAI_NONAME, socket.EAI_NONAME, 0)
        async with opened(f"http://localhost:{port}", carrier) as transport:
            assert await transport.request("GET", "/x", policy=POLICY) == 1
            if "aiohttp" in sys.modules:  # it remembers names for a while
                monkeypatch.setattr("aiohttp.connector._DNSCacheTable.expired", lambda *_: True)
            assert await transport.request("GET", "/x", policy=POLICY) == 1
            assert transport.requests_sent == 4


@pytest.mark.parametrize(
    "error",
    [
        httpx.UnsupportedProtocol("no such scheme"),
        httpx.LocalProtocolError("Illegal header value"),
        httpx.InvalidURL("no URL"),
        httpx.ProxyError("407 Proxy Authentication Required"),
        httpx.ProxyError("403 Forbidden"),
    ],
    ids=repr,
)
async def test_what_only_the_user_can_change_is_tried_once(error: Exception) -> None:
    fake = FakeServer(error)  # type: ignore[arg-type]  # one of them is no TransportError of httpx's
    transport = await fake.transport()
    with pytest.raises(ServerUnreachable) as caught:
        await transport.request("GET", "/x")
    assert len(fake.requests) == 1
    assert not caught.value.temporary


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("Connection refused"),
        httpx.ProxyError("503 Service Unavailable"),
        httpx.ProxyError("429 Too Many Requests"),
        httpx.ProxyError("the proxy does not answer"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("noise"),
        ssl.SSLEOFError("the other side hung up in the middle"),
    ],
    ids=repr,
)
async def test_what_may_heal_is_tried_again(error: Exception) -> None:
    fake = FakeServer(error, error, answer(1))  # type: ignore[arg-type]
    assert await (await fake.transport()).request("GET", "/x") == 1
    assert len(fake.requests) == 3


@given(
    st.sampled_from([ssl.SSLCertVerificationError("x"), ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]")]), st.data()
)
def test_the_reason_is_found_however_deep_it_lies(reason: Exception, data: st.DataObject) -> None:
    error: Exception = reason
    for _ in range(data.draw(st.integers(0, 5))):
        match data.draw(st.sampled_from(["cause", "context", "group"])):
            case "cause":
                outer = httpx.ConnectError("x")
                outer.__cause__ = error
                error = outer
            case "context":
                outer = httpx.ConnectError("x")
                outer.__context__ = error
                error = outer
            case _:
                error = ExceptionGroup("several addresses", [OSError("refused"), error])
    outermost = httpx.ConnectError("x")
    outermost.__cause__ = error
    assert never_left(outermost)
    assert what_to_change(outermost) is not None


# By way of a proxy.


@pytest.mark.parametrize(
    ("url", "variable"), [("https://cloud.example.org", "HTTPS_PROXY"), ("http://qpu.example.org", "HTTP_PROXY")]
)
@pytest.mark.parametrize("variable_for_all", [False, True])
async def test_a_proxy_that_wants_a_password_is_named_and_asked_once(
    url: str, variable: str, variable_for_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as (port, heard):
        proxy = f"http://me:{SECRET}@127.0.0.1:{port}"
        monkeypatch.setenv("ALL_PROXY" if variable_for_all else variable, proxy)
        transport = HttpClient(url, TokenCredential(TOKEN), allowed_hosts=["qpu.example.org"])
        await transport.open()
        error = await the_only_attempt(transport)
        await transport.close()
    assert len(heard) == 1
    assert f"through the proxy 127.0.0.1:{port}" in str(error)
    assert "needs a user name and a password" in str(error)
    assert SECRET not in str(error)


async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@127.0.0.1:9")
    async with opened("https://cloud.example.org") as transport:
        with pytest.raises(ServerUnreachable, match=r"through the proxy 127\.0\.0\.1:9\)") as caught:
            await transport.request("GET", "/x", policy=RetryPolicy(total_s=0.3))
    assert SECRET not in str(caught.value)


async def test_a_proxy_that_is_passed_by_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "example.org")
    Names(monkeypatch, 0, socket.EAI_NONAME)
    async with opened("https://cloud.example.org") as transport:
        assert "proxy" not in str(await the_only_attempt(transport))


@pytest.mark.parametrize(
    "proxy", [f"ftp://me:{SECRET}@proxy:1", f"http://me:{SECRET}@[::1", f"socks5://me:{SECRET}@p:1"]
)
async def test_a_proxy_that_cannot_be_used_is_a_named_error(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setitem(sys.modules, "socksio", None)
    transport = HttpClient("https://cloud.example.org", TokenCredential(TOKEN))
    with pytest.raises(QcaasError, match="the proxy that the environment names") as caught:
        await transport.open()
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"


# The plain loop.


@given(
    errors=st.lists(st.sampled_from(["refused", "503", "429", "noise", "never"]), max_size=12),
    idempotent=st.booleans(),
    single_attempt=st.booleans(),
)
def test_attempts_are_as_many_as_the_errors_allow(errors: list[str], idempotent: bool, single_attempt: bool) -> None:
    steps: dict[str, Callable[[], httpx.Response | Exception]] = {
        "refused": lambda: httpx.ConnectError("refused"),
        "503": lambda: answer({}, 503),
        "429": lambda: answer({}, 429),
        "noise": lambda: httpx.Response(200, content=b"<html>"),
        "never": lambda: httpx.UnsupportedProtocol("x"),
    }
    expected = 1
    for error in errors:
        arrived = error in {"503", "noise"}
        if single_attempt or error == "never" or (arrived and not idempotent) or (error == "noise" and expected >= 5):
            break
        expected += 1

    async def attempts() -> int:
        fake = FakeServer(*[steps[error]() for error in errors], answer(1))
        transport = await fake.transport(policy=RetryPolicy(total_s=1e6))
        with contextlib.suppress(TransportError):
            await transport.request("POST", "/x", json={}, idempotent=idempotent, single_attempt=single_attempt)
        return len(fake.requests)

    assert asyncio.run(attempts()) == min(expected, len(errors) + 1)


async def test_the_last_errors_of_a_host_can_be_asked_for() -> None:
    fake = FakeServer(*[answer({"detail": "busy"}, 503)] * 3, answer(1), *[answer({"detail": "busy"}, 503)] * 50)
    transport = await fake.transport()
    url = transport.base_url
    assert transport.recent_errors(url, 0.0) == ""
    with pytest.raises(ServerUnavailable):
        await transport.request("GET", "/x", single_attempt=True)
    assert transport.recent_errors(url, 0.0).startswith("the service's last answer was 503: GET ")
    assert await transport.request("GET", "/x") == 1
    assert transport.recent_errors(url, 0.0) == "", "the last answer was a proper one"
    with pytest.raises(ServerUnavailable):
        await transport.request("GET", "/x", policy=RetryPolicy(total_s=2.0))
    said = transport.recent_errors(url, 0.0)
    assert said.startswith("the service's last ")
    assert "answers were 503: " in said
    assert "busy" in said
    assert transport.recent_errors(url, fake.clock.monotonic() + 1.0) == ""
