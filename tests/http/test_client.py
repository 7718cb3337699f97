"""Requests as they leave, answers as they come in, and what is never shown of them."""

import asyncio
import contextlib
import logging
import warnings

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http import MAX_BODY, MAX_REQUEST, RetryPolicy, TokenCredential
from qcaas_sdk._http.requests import PreparedRequest
from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    QcaasError,
    RequestRefused,
    RequestTooLarge,
    SdkNotOpen,
    ServerWarning,
)
from tests.http.fakes import TOKEN, URL, FakeServer, answer


async def test_a_request_carries_body_token_and_name() -> None:
    server = FakeServer(answer(["id"]))
    transport = await server.transport()
    assert await transport.request("POST", "/tasks", json={"qpu_id": "q"}, params={"a": "b"}) == ["id"]
    (request,) = server.requests
    assert str(request.url) == f"{URL}/tasks?a=b"
    assert request.headers["Authentication-Token"] == TOKEN
    assert request.headers["User-Agent"].startswith("qcaas-sdk/")
    assert request.headers["Content-Type"] == "application/json"
    assert request.content == b'{"qpu_id":"q"}'
    assert transport.requests_sent == 1


async def test_a_request_without_credential_carries_none() -> None:
    server = FakeServer(answer({"version": "1"}))
    await (await server.transport()).request("GET", "/admin/version", authenticate=False)
    assert "Authentication-Token" not in server.requests[0].headers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_success_and_an_empty_body_is_none(status: int) -> None:
    transport = await FakeServer(httpx.Response(status)).transport()
    assert await transport.request("GET", "/x") is None


async def test_using_a_transport_that_is_not_open_is_an_error() -> None:
    transport = await FakeServer(answer()).transport()
    await transport.close()
    with pytest.raises(SdkNotOpen):
        await transport.request("GET", "/x")


# Answers.


@pytest.mark.parametrize(
    "body",
    [
        b"<html><h1>Welcome</h1></html>",
        b'{"status": "COMPL',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
async def test_what_is_no_json_is_a_bad_answer_soon(body: bytes) -> None:
    server = FakeServer(httpx.Response(200, content=body))
    with pytest.raises(BadAnswer):
        await (await server.transport()).request("GET", "/x")
    assert 1 < len(server.requests) <= 5, "noise passes; a server that talks like this does not"


async def test_noise_passes() -> None:
    server = FakeServer(httpx.Response(200, html="<p>one moment</p>"), answer("yes"))
    assert await (await server.transport()).request("GET", "/x") == "yes"


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk._http.requests.MAX_RESPONSE", 1000)
    server = FakeServer(httpx.Response(200, content=b'"' + b"a" * 2000 + b'"'))
    with pytest.raises(BadAnswer, match="larger than 1,000 bytes"):
        await (await server.transport()).request("GET", "/x")


async def test_a_redirect_is_never_followed() -> None:
    server = FakeServer(answer(status=302, Location="https://evil.example.com/"))
    with pytest.raises(BadAnswer, match="does not follow redirects"):
        await (await server.transport()).request("GET", "/x")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (b'{"response": {"errors": ["no such gate", "line 3"]}}', ("no such gate", "line 3")),
        (b'{"detail": "unknown QPU"}', ("unknown QPU",)),
        (b"<h1>Bad  Request</h1>", ()),
        (b"[1, 2]", ()),
    ],
)
async def test_a_refusal_carries_what_the_server_said(body: bytes, messages: tuple[str, ...]) -> None:
    server = FakeServer(httpx.Response(400, content=body))
    with pytest.raises(RequestRefused) as caught:
        await (await server.transport()).request("POST", "/tasks", json={})
    assert (caught.value.status, caught.value.messages) == (400, messages)
    assert len(server.requests) == 1


async def test_the_servers_warnings_reach_the_user() -> None:
    server = FakeServer(answer({"message": "Warning: old client", "messages": ["fine", "Warning: slow QPU"]}))
    with pytest.warns(ServerWarning) as caught:
        await (await server.transport()).request("GET", "/x")
    assert [str(w.message) for w in caught] == ["Warning: old client", "Warning: slow QPU"]


async def test_other_messages_are_no_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert await (await FakeServer(answer({"message": "hello"})).transport()).request("GET", "/x")


async def test_a_request_over_the_size_limit_never_leaves() -> None:
    server = FakeServer(answer("yes"))
    transport = await server.transport()
    with pytest.raises(RequestTooLarge, match="128 KiB"):
        await transport.request("POST", "/tasks/submit", json={"program": "x" * MAX_REQUEST})
    assert server.requests == []
    assert await transport.request("POST", "/tasks/submit", json={"program": "x" * (MAX_REQUEST - 500)}) == "yes"


@given(st.integers(0, 600))
def test_the_size_that_counts_is_that_of_the_whole_request(room: int) -> None:
    async def scenario() -> None:
        server = FakeServer(answer("yes"))
        transport = await server.transport()
        with contextlib.suppress(RequestTooLarge):
            await transport.request("POST", "/tasks/submit", json="x" * (MAX_REQUEST - room))
        for request in server.requests:
            head = sum(len(name) + len(value) + 4 for name, value in request.headers.raw)
            assert head + len(request.content) + len("POST /tasks/submit HTTP/1.1") + 4 <= MAX_REQUEST

    asyncio.run(scenario())


async def test_a_body_cut_at_the_limit_for_bodies_fits_with_a_long_token() -> None:
    transport = await FakeServer(answer("yes")).transport(TokenCredential("t" * 6000))
    assert await transport.request("POST", "/tasks/submit", json="x" * (MAX_BODY - 2)) == "yes"


# Secrets.


@given(
    st.sampled_from([200, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503]),
    st.sampled_from(["json", "html", "header", "nested", "cut"]),
)
def test_a_server_that_echoes_the_token_does_not_make_us_show_it(status: int, shape: str) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        token = request.headers["Authentication-Token"]
        bodies = {
            "json": answer({"response": {"errors": [f"bad token {token}"]}}, status=status),
            "html": httpx.Response(status, html=f"<p title='{token}'>{token}</p>"),
            "header": answer(status=status, Location=f"https://{URL[8:]}/?t={token}", **{"Retry-After": token}),
            "nested": answer({"detail": [{"headers": {"Authentication-Token": token}}]}, status=status),
            "cut": httpx.Response(status, text="y" * 195 + token),
        }
        return bodies[shape]

    async def scenario() -> None:
        transport = await FakeServer(echo).transport(policy=RetryPolicy(total_s=1.0))
        shown = ""
        try:
            await transport.request("GET", "/x", params={"q": "1"})
        except QcaasError as error:
            shown = str(error) + repr(error) + repr(vars(error))
        assert TOKEN not in shown
        assert TOKEN[:8] not in shown

    asyncio.run(scenario())


def test_a_request_under_way_shows_no_body_and_no_query() -> None:
    request = PreparedRequest("POST", URL + "/admin/login", b"hunter2", {"key": "k3y"}, secrets=("hunter2",))
    assert "hunter2" not in repr(request)
    assert "k3y" not in repr(request)


async def test_the_token_is_in_no_log_no_error_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = FakeServer(answer("ok"), answer({"detail": "expired"}, status=401))
    transport = await server.transport()
    await transport.request("GET", "/x")
    with pytest.raises(AuthenticationError, match="expired") as caught:
        await transport.request("GET", "/x")
    shown = "".join(
        [caplog.text, repr(caught.value), str(caught.value), repr(TokenCredential(TOKEN)), repr(transport)]
    )
    assert "qcaas_sdk._http" in caplog.text
    assert TOKEN not in shown
