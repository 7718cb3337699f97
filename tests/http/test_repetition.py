"""What is repeated, what never is, and for how long."""

import asyncio
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http import HttpClient, RetryPolicy, TokenCredential
from qcaas_sdk.errors import (
    QcaasError,
    RateLimited,
    ServerUnavailable,
    ServerUnreachable,
    TransportError,
)
from tests.http.fakes import TOKEN, URL, FakeServer, Step, answer

REFUSED_CONNECTION = httpx.ConnectError("refused")
BROKEN = httpx.ReadError("reset by peer")


# What is repeated.


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_transient_answer_is_asked_for_again(status: int) -> None:
    server = FakeServer(answer(status=status), answer(status=status), answer("yes"))
    assert await (await server.transport()).request("GET", "/x") == "yes"
    assert len(server.requests) == 3
    assert len(server.clock.sleeps) >= 2


@pytest.mark.parametrize(
    "trouble", [REFUSED_CONNECTION, BROKEN, httpx.ReadTimeout("slow"), ConnectionResetError("rst")]
)
async def test_a_broken_connection_is_tried_again(trouble: Exception) -> None:
    server = FakeServer(trouble, answer("yes"))
    assert await (await server.transport()).request("GET", "/x") == "yes"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_what_must_not_be_repeated_is_not_when_the_server_may_have_acted(status: int) -> None:
    server = FakeServer(answer(status=status), answer("never asked for"))
    with pytest.raises(ServerUnavailable) as caught:
        await (await server.transport()).request("POST", "/tasks/submit", json={}, idempotent=False)
    assert caught.value.may_have_arrived
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [REFUSED_CONNECTION, answer(status=429), answer(status=429, **{"Retry-After": "2"})])
async def test_what_must_not_be_repeated_is_when_the_server_has_certainly_not_acted(step: Step) -> None:
    server = FakeServer(step, answer("yes"))
    assert await (await server.transport()).request("POST", "/x", json={}, idempotent=False) == "yes"


@pytest.mark.parametrize("step", [REFUSED_CONNECTION, answer(status=429), BROKEN, answer(status=503)])
async def test_what_is_to_be_sent_once_is_sent_once_whatever_happens(step: Step) -> None:
    server = FakeServer(step, answer("never asked for"))
    with pytest.raises(TransportError):
        await (await server.transport()).request("POST", "/x", json={}, idempotent=False, single_attempt=True)
    assert len(server.requests) == 1


@given(
    st.lists(
        st.sampled_from(["refused connection", "broken", "timeout", "429", "500", "503", "html", "ok", "400"]),
        min_size=1,
        max_size=8,
    )
)
def test_a_request_that_must_not_be_repeated_never_follows_one_that_may_have_arrived(kinds: list[str]) -> None:
    steps: dict[str, Step] = {
        "refused connection": REFUSED_CONNECTION,
        "broken": BROKEN,
        "timeout": httpx.ReadTimeout("slow"),
        "429": answer(status=429),
        "500": answer(status=500),
        "503": answer(status=503, **{"Retry-After": "1"}),
        "html": httpx.Response(200, html="<h1>hello</h1>"),
        "ok": answer("ok"),
        "400": answer(status=400),
    }
    harmless = {"refused connection", "429"}

    async def scenario() -> int:
        server = FakeServer(*(steps[kind] for kind in kinds))
        transport = await server.transport(policy=RetryPolicy(total_s=60.0))
        try:
            await transport.request("POST", "/tasks/submit", json={}, idempotent=False)
        except QcaasError as error:
            last = kinds[min(len(server.requests), len(kinds)) - 1]
            assert last != "ok"
            if isinstance(error, TransportError):
                assert error.may_have_arrived == (last not in harmless)
            assert TOKEN not in repr(error) + str(error)
        return len(server.requests)

    sent = asyncio.run(scenario())
    before_the_last = [kinds[min(index, len(kinds) - 1)] for index in range(sent - 1)]
    assert set(before_the_last) <= harmless


@given(st.lists(st.sampled_from(["refused connection", "429", "503", "broken", "html"]), min_size=1, max_size=5))
def test_certainty_about_all_attempts_needs_certainty_about_each(kinds: list[str]) -> None:
    steps: dict[str, Step] = {
        "refused connection": REFUSED_CONNECTION,
        "429": answer(status=429),
        "503": answer(status=503),
        "broken": BROKEN,
        "html": httpx.Response(200, html="<h1>hello</h1>"),
    }

    async def scenario() -> tuple[bool, int]:
        server = FakeServer(*(steps[kind] for kind in kinds))
        transport = await server.transport()
        with pytest.raises(TransportError, match=r"\(\d+ attempts in") as caught:
            await transport.request("POST", "/x", json={}, policy=RetryPolicy(total_s=20.0))
        return caught.value.may_have_arrived, len(server.requests)

    in_doubt, sent = asyncio.run(scenario())
    happened = [kinds[min(index, len(kinds) - 1)] for index in range(sent)]
    assert in_doubt == any(kind in {"503", "broken", "html"} for kind in happened)


# RetryPolicy.


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (REFUSED_CONNECTION, ServerUnreachable),
        (BROKEN, ServerUnavailable),
        (answer(status=503), ServerUnavailable),
        (answer(status=429), RateLimited),
    ],
)
async def test_patience_ends_with_the_name_of_the_trouble(step: Step, error: type[TransportError]) -> None:
    server = FakeServer(step)
    with pytest.raises(error, match=r"GET cloud\.example\.org/x"):
        await (await server.transport()).request("GET", "/x", policy=RetryPolicy(total_s=20.0))
    assert server.clock.now <= 20.0
    assert len(server.requests) > 3


@given(
    st.floats(0.01, 300.0), st.lists(st.sampled_from([500, 503, 429]), min_size=1, max_size=4), st.integers(0, 400)
)
def test_a_request_never_outlasts_its_patience(total_s: float, statuses: list[int], asked: int) -> None:
    async def scenario() -> None:
        server = FakeServer(*(answer(status=status, **{"Retry-After": str(asked)}) for status in statuses))
        transport = await server.transport(policy=RetryPolicy(total_s=total_s))
        with pytest.raises(TransportError):
            await transport.request("GET", "/x")
        assert server.clock.now <= total_s

    asyncio.run(scenario())


async def test_retry_after_is_honoured_in_seconds_and_as_a_date() -> None:
    server = FakeServer(
        answer(status=503, **{"Retry-After": "7"}),
        answer(status=429, **{"Retry-After": "Thu, 01 Jan 2026 00:00:30 GMT"}),
        answer("yes"),
    )
    assert await (await server.transport()).request("GET", "/x") == "yes"
    assert server.clock.now >= 30.0


async def test_a_wait_longer_than_patience_is_not_begun() -> None:
    server = FakeServer(answer(status=429, **{"Retry-After": "3600"}))
    with pytest.raises(RateLimited) as caught:
        await (await server.transport()).request("GET", "/x")
    assert caught.value.retry_after_s == 3600
    assert server.clock.now == 0.0


async def test_a_pause_that_a_host_asks_for_holds_for_all_requests_to_it_alone() -> None:
    server = FakeServer(answer(status=429, **{"Retry-After": "50"}), answer("yes"))
    transport = await server.transport()
    with pytest.raises(RateLimited):
        await transport.request("GET", "/x", policy=RetryPolicy(total_s=1.0))
    await transport.request("GET", "https://qpu.example.org/y")
    assert server.clock.now < 1.0
    await transport.request("GET", "/z")
    assert server.clock.now >= 50.0


async def test_a_503_with_retry_after_holds_everybody_back_too() -> None:
    server = FakeServer(answer(status=503, **{"Retry-After": "50"}), answer("yes"))
    transport = await server.transport()
    with pytest.raises(ServerUnavailable):
        await transport.request("POST", "/tasks/submit", json={}, idempotent=False)
    assert await transport.request("GET", "/z") == "yes"
    assert server.clock.now >= 50.0


async def test_a_request_that_would_wait_beyond_its_patience_says_so_at_once() -> None:
    server = FakeServer(answer(status=429, **{"Retry-After": "50"}), answer("yes"))
    transport = await server.transport()
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            await transport.request("GET", "/x", policy=RetryPolicy(total_s=3.0))
        assert caught.value.retry_after_s == 50.0
    assert server.clock.now == 0.0
    assert len(server.requests) == 1


async def test_the_end_of_patience_tells_of_the_trouble_before() -> None:
    first = True

    async def hang(_: httpx.Request) -> httpx.Response:
        nonlocal first
        if first:
            first = False
            raise REFUSED_CONNECTION
        await asyncio.Event().wait()
        raise AssertionError

    transport = HttpClient(URL, TokenCredential(TOKEN), http_transport=httpx.MockTransport(hang))
    await transport.open()
    with pytest.raises(ServerUnavailable, match=r"no answer within 0\.5 s.*before that: .*no connection.*2 att"):
        await transport.request("GET", "/x", policy=RetryPolicy(total_s=0.5))


async def test_a_hanging_server_is_given_up_in_time() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    transport = HttpClient(URL, TokenCredential(TOKEN), http_transport=httpx.MockTransport(hang))
    await transport.open()
    begin = time.perf_counter()
    with pytest.raises(ServerUnavailable) as caught:
        await transport.request("GET", "/x", policy=RetryPolicy(total_s=0.1))
    assert caught.value.may_have_arrived
    assert time.perf_counter() - begin < 2.0


async def test_a_cancelled_request_leaves_its_place_free() -> None:
    gate = asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        await gate.wait()
        return answer("yes")

    transport = HttpClient(URL, TokenCredential(TOKEN), http_transport=httpx.MockTransport(slow), max_in_flight=1)
    await transport.open()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await transport.request("GET", "/x")
    gate.set()
    async with asyncio.timeout(5):
        assert await transport.request("GET", "/x") == "yes"


async def test_any_number_of_cancelled_requests_leaves_all_places_free() -> None:
    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.005)
        return answer("yes")

    transport = HttpClient(URL, TokenCredential(TOKEN), http_transport=httpx.MockTransport(slow), max_in_flight=3)
    await transport.open()
    requests = [asyncio.create_task(transport.request("GET", "/x")) for _ in range(60)]
    for index, request in enumerate(requests):
        if index % 3:
            await asyncio.sleep(0.0005)
            request.cancel()
    ended = await asyncio.wait_for(asyncio.gather(*requests, return_exceptions=True), 10.0)
    assert ended[::3] == ["yes"] * 20
    assert await asyncio.wait_for(asyncio.gather(*(transport.request("GET", "/x") for _ in range(9))), 5.0)


def test_a_transport_needs_a_place_for_a_request() -> None:
    with pytest.raises(ValueError, match="max_in_flight"):
        HttpClient(URL, TokenCredential(TOKEN), max_in_flight=0)


async def test_no_more_requests_are_under_way_than_there_are_places() -> None:
    under_way = most = 0

    async def busy(_: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(3):
            await asyncio.sleep(0)
        under_way -= 1
        return answer("yes")

    transport = HttpClient(URL, TokenCredential(TOKEN), http_transport=httpx.MockTransport(busy), max_in_flight=4)
    await transport.open()
    await asyncio.gather(*(transport.request("GET", "/x") for _ in range(40)))
    assert most == 4
