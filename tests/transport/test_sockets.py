"""Against real sockets on loopback: what a fake cannot show."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from qcaas_sdk.errors import BadAnswer, ServerUnavailable, ServerUnreachable
from qcaas_sdk.transport import Patience, TokenCredential, Transport

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ONCE = Patience(total_s=0.6)


@contextlib.asynccontextmanager
async def transport_to(handler: Handler) -> AsyncIterator[Transport]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await reader.readuntil(b"\r\n\r\n"):
                await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = Transport(f"http://127.0.0.1:{port}", TokenCredential("t"))
    await transport.open()
    try:
        yield transport
    finally:
        await transport.close()
        server.close()


async def test_an_answer_over_a_socket() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"hi"')

    async with transport_to(handler) as transport:
        assert await transport.request("GET", "/x") == "hi"
        assert await transport.request("GET", "/x") == "hi"


async def test_an_answer_that_breaks_off_may_have_been_acted_on() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"status":')
        await writer.drain()
        writer.close()

    async with transport_to(handler) as transport:
        with pytest.raises(ServerUnavailable, match="broke before the answer was complete") as caught:
            await transport.request("POST", "/tasks/submit", json={}, repeatable=False)
    assert caught.value.may_have_arrived


async def test_a_connection_dropped_without_a_word_may_have_been_acted_on() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with transport_to(handler) as transport:
        with pytest.raises(ServerUnavailable) as caught:
            await transport.request("POST", "/tasks/submit", json={}, repeatable=False)
    assert caught.value.may_have_arrived


async def test_what_is_no_http_at_all_is_trouble_with_a_name() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async with transport_to(handler) as transport:
        with pytest.raises((ServerUnavailable, BadAnswer)):
            await transport.request("GET", "/x", patience=ONCE)


async def test_a_server_that_is_down_has_certainly_not_seen_the_request() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    transport = Transport(f"http://127.0.0.1:{port}", TokenCredential("t"))
    await transport.open()
    begin = time.perf_counter()
    with pytest.raises(ServerUnreachable) as caught:
        await transport.request("POST", "/tasks/submit", json={}, repeatable=False, patience=ONCE)
    assert not caught.value.may_have_arrived
    assert time.perf_counter() - begin < 3.0
    await transport.close()


async def test_a_silent_server_is_given_up_in_time_and_may_have_acted() -> None:
    async def handler(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with transport_to(handler) as transport:
        begin = time.perf_counter()
        with pytest.raises(ServerUnavailable) as caught:
            await transport.request("GET", "/x", patience=ONCE)
        assert caught.value.may_have_arrived
        assert time.perf_counter() - begin < 3.0
