"""Against real sockets on loopback: what a fake cannot show."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from qcaas_sdk._http import HttpClient, RetryPolicy, TokenCredential
from qcaas_sdk.errors import BadAnswer, ServerUnavailable, ServerUnreachable
from tests.http.fakes import Carrier

pytestmark = pytest.mark.slow

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ONCE = RetryPolicy(total_s=0.6)


@contextlib.asynccontextmanager
async def transport_to(handler: Handler, carrier: Carrier) -> AsyncIterator[HttpClient]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await reader.readuntil(b"\r\n\r\n"):
                await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential("t"), http_transport=carrier())
    await transport.open()
    try:
        yield transport
    finally:
        await transport.close()
        server.close()


async def test_an_answer_over_a_socket(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"hi"')

    async with transport_to(handler, carrier) as transport:
        assert await transport.request("GET", "/x") == "hi"
        assert await transport.request("GET", "/x") == "hi"


async def test_an_answer_that_breaks_off_may_have_been_acted_on(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"status":')
        await writer.drain()
        writer.close()

    async with transport_to(handler, carrier) as transport:
        with pytest.raises(ServerUnavailable, match="broke before the answer was complete") as caught:
            await transport.request("POST", "/tasks/submit", json={}, idempotent=False)
    assert caught.value.may_have_arrived


async def test_a_connection_dropped_without_a_word_may_have_been_acted_on(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with transport_to(handler, carrier) as transport:
        with pytest.raises(ServerUnavailable) as caught:
            await transport.request("POST", "/tasks/submit", json={}, idempotent=False)
    assert caught.value.may_have_arrived


async def test_what_is_no_http_at_all_is_trouble_with_a_name(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async with transport_to(handler, carrier) as transport:
        with pytest.raises((ServerUnavailable, BadAnswer)):
            await transport.request("GET", "/x", policy=ONCE)


async def test_a_server_that_is_down_has_certainly_not_seen_the_request(carrier: Carrier) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential("t"), http_transport=carrier())
    await transport.open()
    begin = time.perf_counter()
    with pytest.raises(ServerUnreachable) as caught:
        await transport.request("POST", "/tasks/submit", json={}, idempotent=False, policy=ONCE)
    assert not caught.value.may_have_arrived
    assert time.perf_counter() - begin < 3.0
    await transport.close()


async def test_a_silent_server_is_given_up_in_time_and_may_have_acted(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with transport_to(handler, carrier) as transport:
        begin = time.perf_counter()
        with pytest.raises(ServerUnavailable) as caught:
            await transport.request("GET", "/x", policy=ONCE)
        assert caught.value.may_have_arrived
        assert time.perf_counter() - begin < 3.0


async def test_a_submission_whose_connection_drops_reaches_the_server_once(carrier: Carrier) -> None:
    arrived = 0

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        writer.close()

    async with transport_to(handler, carrier) as transport:
        with pytest.raises(ServerUnavailable):
            await transport.request("POST", "/tasks/submit", json={"tasks": []}, idempotent=False)
    assert arrived == 1


async def test_a_kept_connection_that_the_server_has_closed_leaves_doubt_but_no_second_submission(
    carrier: Carrier,
) -> None:
    arrived: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readexactly(2))
        if len(arrived) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        else:
            writer.transport.abort()

    async with transport_to(handler, carrier) as transport:
        assert await transport.request("POST", "/a", json={}, idempotent=False) == 1
        with pytest.raises(ServerUnavailable) as caught:
            await transport.request("POST", "/b", json={}, idempotent=False)
    assert caught.value.may_have_arrived
    assert len(arrived) == 2


async def test_every_request_says_its_length_and_the_answer_may_come_in_pieces(carrier: Carrier) -> None:
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpClient(f"http://127.0.0.1:{port}", TokenCredential("s3cret"), http_transport=carrier())
    await transport.open()
    assert await transport.request("POST", "/tasks", json={"a": 1}) == [1, 2]
    await transport.close()
    server.close()
    head = heads[0].lower()
    assert b"content-length: 7\r\n" in head
    assert b"transfer-encoding" not in head
    assert head.count(b"authentication-token: s3cret\r\n") == 1
    assert head.count(b"user-agent: qcaas-sdk/") == 1


async def test_a_deadline_of_a_second_is_kept_while_the_server_drips(carrier: Carrier) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with transport_to(handler, carrier) as transport:
        begin = time.perf_counter()
        with pytest.raises(ServerUnavailable):
            await transport.request("GET", "/x", policy=RetryPolicy(total_s=1.0))
        assert 0.9 < time.perf_counter() - begin < 5.0  # the server drips for ten seconds


async def test_a_deadline_that_passes_while_connecting_leaves_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("anyio.connect_tcp", never)
    transport = HttpClient("http://127.0.0.1:9", TokenCredential("t"), http_transport=httpx.AsyncHTTPTransport())
    await transport.open()
    with pytest.raises(ServerUnreachable, match=r"no connection within 0\.2 s") as caught:
        await transport.request("POST", "/tasks/submit", json={}, idempotent=False, policy=RetryPolicy(total_s=0.2))
    assert not caught.value.may_have_arrived
    await transport.close()


class Unlucky(random.Random):
    """Every pause is as long as it can be."""

    def uniform(self, a: float, b: float) -> float:
        return b


async def test_a_connection_that_is_never_made_is_given_up_and_leaves_no_doubt(carrier: Carrier) -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # with the backlog full, no further connection is made
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        transport = HttpClient(url, TokenCredential("t"), http_transport=carrier(), random=Unlucky())
        await transport.open()
        patience = RetryPolicy(total_s=1.0, connect_timeout_s=0.35)
        with pytest.raises(ServerUnreachable, match="2 attempts") as caught:
            await transport.request("POST", "/x", json={}, idempotent=False, policy=patience)
        await transport.close()
    assert not caught.value.may_have_arrived
