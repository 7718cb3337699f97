"""The network's odd ways: proxies, .netrc, cookies, packed answers."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from qcaas_sdk._http import HttpClient, RetryPolicy, TokenCredential
from qcaas_sdk._http.transports import fast_network, transport_for
from qcaas_sdk._http.wire_errors import never_left
from qcaas_sdk.errors import BadAnswer, ServerUnavailable, ServerUnreachable
from tests.http.fakes import TOKEN, FakeServer, answer

pytestmark = pytest.mark.slow

ONCE = RetryPolicy(total_s=0.5)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"


@asynccontextmanager
async def listener(reply: bytes = OK) -> AsyncIterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2"])
async def test_what_goes_to_this_machine_never_goes_through_a_proxy(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listener() as (port, heard):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        transport = HttpClient(f"http://{host}:1", TokenCredential(TOKEN))
        await transport.open()
        with pytest.raises(ServerUnreachable):
            await transport.request("GET", "/x", policy=ONCE)
        await transport.close()
    assert heard == []


async def test_a_proxy_that_the_environment_names_is_used_for_the_network_and_sees_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listener(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as (port, heard):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        transport = HttpClient("https://cloud.example.org", TokenCredential(TOKEN))
        await transport.open()
        with pytest.raises(ServerUnreachable) as caught:
            await transport.request("POST", "/tasks/submit", json={}, idempotent=False, policy=ONCE)
        await transport.close()
    assert heard[0].startswith(b"CONNECT cloud.example.org:443")
    assert TOKEN.encode() not in b"".join(heard)
    assert not caught.value.may_have_arrived


async def test_netrc_adds_no_second_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password pw\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    async with listener() as (port, heard):
        transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential(TOKEN))
        await transport.open()
        assert await transport.request("GET", "/x") == 1
        await transport.close()
    assert b"authorization:" not in heard[0].lower()


async def test_cookies_are_not_kept() -> None:
    server = FakeServer(answer("yes", **{"Set-Cookie": "session=abc; Path=/"}), answer("yes"))
    transport = await server.transport()
    await transport.request("GET", "/x")
    await transport.request("GET", "/x")
    assert "cookie" not in server.requests[1].headers


async def test_the_fast_network_keeps_no_cookies_either(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("httpx_aiohttp", reason="the extra `speed` is not installed")
    monkeypatch.setattr("urllib.request.getproxies", dict)
    reply = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=abc; Path=/\r\nContent-Length: 1\r\n\r\n1"
    async with listener(reply) as (port, heard):
        transport = HttpClient(f"http://localhost:{port}", TokenCredential(TOKEN), http_transport=fast_network())
        await transport.open()
        for _ in range(2):
            assert await transport.request("GET", "/x") == 1
        await transport.close()
    assert len(heard) == 2
    assert b"cookie:" not in heard[1].lower()


async def test_a_packed_answer_is_unpacked() -> None:
    packed = httpx.Response(200, content=gzip.compress(b'"yes"'), headers={"Content-Encoding": "gzip"})
    server = FakeServer(lambda _: packed)
    assert await (await server.transport()).request("GET", "/x") == "yes"
    assert server.requests[0].headers["Accept-Encoding"] == "gzip, deflate"


async def test_a_packed_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk._http.requests.MAX_RESPONSE", 1_000_000)
    bomb = gzip.compress(b" " * 20_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with listener(head + bomb) as (port, _):
        transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential(TOKEN))
        await transport.open()
        with pytest.raises(BadAnswer, match="larger than"):
            await transport.request("POST", "/x", idempotent=False)
        await transport.close()


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "nonsense"])
async def test_an_answer_packed_as_nobody_asked_is_not_unpacked(packing: str) -> None:
    body = gzip.compress(gzip.compress(b"1"))
    async with listener(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (packing.encode(), len(body), body)
    ) as (port, _):
        transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential(TOKEN))
        await transport.open()
        with pytest.raises(BadAnswer, match="which was not requested"):
            await transport.request("POST", "/x", idempotent=False)
        await transport.close()


async def test_an_answer_that_cannot_be_unpacked_is_a_bad_answer() -> None:
    async with listener(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope") as (port, _):
        transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential(TOKEN))
        await transport.open()
        with pytest.raises(BadAnswer, match="cannot be decompressed"):
            await transport.request("POST", "/x", idempotent=False)
        await transport.close()


@pytest.mark.parametrize(
    ("error", "certain"),
    [
        (httpx.ConnectError("x"), True),
        (httpx.ConnectTimeout("x"), True),
        (httpx.PoolTimeout("x"), True),
        (httpx.ProxyError("x"), True),
        (httpx.ReadError("x"), False),
        (httpx.ReadTimeout("x"), False),
        (httpx.WriteError("x"), False),
        (httpx.WriteTimeout("x"), False),
        (httpx.RemoteProtocolError("x"), False),
        (ConnectionResetError("x"), False),
    ],
)
def test_only_a_connection_that_was_never_made_is_certain(error: Exception, certain: bool) -> None:
    assert never_left(error) is certain


def test_aiohttps_own_error_has_the_last_word() -> None:
    aiohttp = pytest.importorskip("aiohttp", reason="the extra `speed` is not installed")
    for cause in (aiohttp.ServerDisconnectedError(), aiohttp.ClientOSError(), aiohttp.SocketTimeoutError()):
        error = httpx.ConnectTimeout("so httpx-aiohttp says")
        error.__cause__ = cause
        assert not never_left(error)
    error = httpx.ConnectTimeout("and here it is right")
    error.__cause__ = aiohttp.ConnectionTimeoutError()
    assert never_left(error)


async def test_the_fast_network_is_used_where_it_is_installed_and_gives_way_to_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("httpx_aiohttp", reason="the extra `speed` is not installed")
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"no": "localhost"})
    carrier, tells = transport_for("cloud.example.org", None, 8)
    assert (type(carrier).__name__, tells) == ("AiohttpTransport", False)
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://proxy:1"})
    carrier, tells = transport_for("cloud.example.org", None, 8)
    assert (type(carrier).__name__, tells) == ("_ByWayOfProxies", True)


def test_without_the_extra_httpx_carries_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk._http.transports.find_spec", lambda _: None)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    carrier, tells = transport_for("cloud.example.org", None, 8)
    assert isinstance(carrier, httpx.AsyncHTTPTransport)
    assert tells


async def test_a_transport_can_be_opened_again() -> None:
    transport = await FakeServer(answer("yes")).transport()
    await transport.close()
    await transport.open()
    assert await transport.request("GET", "/x") == "yes"


async def test_closing_ends_what_is_under_way_with_a_name() -> None:
    arrived = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    transport = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", TokenCredential(TOKEN))
    await transport.open()
    request = asyncio.create_task(transport.request("POST", "/tasks/submit", json={}, idempotent=False))
    await asyncio.wait_for(arrived.wait(), 5.0)
    await transport.close()
    with pytest.raises(ServerUnavailable) as caught:
        await asyncio.wait_for(request, 5.0)
    assert caught.value.may_have_arrived
    server.close()
