"""Requests and routes on plain ASGI."""

from typing import Any

import httpx
import pytest

from qcaas_sdk.local.service.asgi import Message
from qcaas_sdk.local.service.routing import Disconnected, Request, Response, Route, as_app


async def tell(request: Request) -> Response:
    return Response([str(request), request.path_params, request.query("q"), request.header("x-one")], 201)


async def fail(_: Request) -> Response:
    raise ZeroDivisionError


app = as_app(
    [Route("GET", "/a.b/{one}/{two}", tell), Route("POST", "/a.b/{one}/{two}", tell), Route("GET", "/fails", fail)],
    lambda status, message: Response(message, status),
)


async def answer(method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=options.pop("root_path", ""))
    async with httpx.AsyncClient(transport=transport, base_url="http://qpu.local") as http:
        return await http.request(method, path, **options)


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/a.b/x%20y/z?q=1&q=2", 201, ["GET /a.b/x y/z", {"one": "x y", "two": "z"}, "2", "1"]),
        ("GET", "/a.b/x/z?q=", 201, ["GET /a.b/x/z", {"one": "x", "two": "z"}, "", "1"]),
        ("POST", "/a.b/x/z", 201, ["POST /a.b/x/z", {"one": "x", "two": "z"}, None, "1"]),
        ("PUT", "/a.b/x/z", 405, "PUT /a.b/x/z: Method Not Allowed"),
        ("GET", "/acb/x/z", 404, "GET /acb/x/z: Not Found"),
        ("GET", "/a.b/x", 404, "GET /a.b/x: Not Found"),
        ("GET", "/a.b/x/z/", 404, "GET /a.b/x/z/: Not Found"),
        ("GET", "/fails", 500, "the embedded QPU failed: ZeroDivisionError"),
    ],
)
async def test_the_route_that_fits_answers(method: str, path: str, status: int, said: object) -> None:
    response = await answer(method, path, headers=[("X-One", "1"), ("X-One", "2")])
    assert (response.status_code, response.json()) == (status, said)
    assert response.headers["content-type"] == "application/json"


async def test_get_answers_head_too() -> None:
    assert (await answer("HEAD", "/a.b/x/z")).status_code == 201


async def test_it_can_be_mounted_below_a_path() -> None:
    assert (await answer("GET", "/below/a.b/x/z", root_path="/below")).status_code == 201


async def test_what_fails_is_raised_too() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qpu.local") as http:
        with pytest.raises(ZeroDivisionError):
            await http.get("/fails")


def request(*headers: tuple[bytes, bytes], messages: list[Message] | None = None, **scope: object) -> Request:
    left = list(messages or [])

    async def receive() -> Message:
        return left.pop(0)

    return Request({"method": "GET", "path": "/", "headers": list(headers), **scope}, receive, {})


@pytest.mark.parametrize(
    ("host", "scope", "url"),
    [
        (b"qpu.example:8000", {}, "http://qpu.example:8000"),
        (b"[::1]:80", {"scheme": "https", "root_path": "/below/"}, "https://[::1]:80/below"),
        (None, {"server": ("127.0.0.1", 80)}, "http://127.0.0.1"),
        (None, {"server": ("127.0.0.1", 8000)}, "http://127.0.0.1:8000"),
        (None, {"server": ("::1", 443), "scheme": "https"}, "https://[::1]"),
        (None, {}, "http://localhost"),
    ],
)
def test_its_url_is_that_of_the_client(host: bytes | None, scope: dict[str, object], url: str) -> None:
    assert request(*([] if host is None else [(b"host", host)]), **scope).url == url


@pytest.mark.parametrize("host", [b"", b"[", b"a/b", b"a?b", b"me@a", b"a:99999", b"a:x", b"a\tb", b":80"])
def test_a_host_that_is_none_is_refused(host: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        request((b"host", host)).url  # noqa: B018  # looked up on purpose


async def test_a_body_ends_with_its_last_part_or_with_the_connection() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]
    assert [part async for part in request(messages=parts).body()] == [b"a", b"b"]
    with pytest.raises(Disconnected):
        _ = [part async for part in request(messages=[parts[0], {"type": "http.disconnect"}]).body()]
