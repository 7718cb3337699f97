"""Whatever is sent to the embedded service, it answers, and never with 500; and what it keeps has bounds."""

import json
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qcaas_sdk._guards.own_hosts import name_in
from qcaas_sdk.local import DEFAULT_QPU_ID, LocalCloud, LocalSettings
from qcaas_sdk.local.service.access import MAX_TOKENS, Access, Verdict
from qcaas_sdk.local.service.asgi import AsgiApp, Message
from qcaas_sdk.local.service.hosts import HostCheck
from qcaas_sdk.testing import run_virtual
from tests.local.service import VirtualClock, service
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FOO"]
PATHS = [
    "/admin/version",
    "/admin/login",
    "/admin/logout",
    "/admin/qpu",
    f"/admin/qpu/{DEFAULT_QPU_ID}",
    "/tasks",
    "/tasks/submit",
    "/tasks/cancel_many",
    "/monitoring/task_wait_time",
    "/monitoring/qpu_wait_time",
    "/monitoring/calibrations",
    "/monitoring/statuses",
    "/windows/next",
]
NAMES = ["qpu_id", "task_count", "tag", "tasks", "task_ids", "targets", "email", "password", "program", "config"]
texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    [DEFAULT_QPU_ID, "\ud800", "\x00", "..%2f", "\r\nA: b"]
)
odd_numbers = st.integers(-(10**40), 10**40) | st.floats() | st.integers(1, 3)
values = st.recursive(
    st.none() | st.booleans() | odd_numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, "task_id"]) | texts, inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)
bodies = st.binary(max_size=60) | objects.map(lambda value: json.dumps(value).encode())
paths = st.sampled_from(PATHS) | st.builds("/tasks/{}/{}".format, texts, st.sampled_from(["status", "all_info", "x"]))
queries = st.binary(max_size=20) | st.builds(
    lambda name, text: f"{name}={text}".encode("utf-8", "replace"),
    st.sampled_from(["start_date", "end_date", "qpu_id", "date"]),
    texts | st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()),
)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"host", b"authentication-token", b"content-length", b"content-type", b"origin"]),
        st.binary(max_size=20),
    ),
    max_size=3,
)


async def answer_of(
    app: AsgiApp, method: str, path: str, query: bytes, sent: list[tuple[bytes, bytes]], chunks: list[bytes]
) -> tuple[int, bytes]:
    """What the app says to a request as a server would hand it on."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": query,
        "headers": sent,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    status, body = 0, b""

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, body
        status, body = message.get("status", status), body + message.get("body", b"")

    await app(scope, receive, send)
    return status, body


@settings(max_examples=scaled(400), suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(METHODS), paths, queries, headers, st.lists(bodies, max_size=2))
@example("POST", "/tasks", b"", [], [b"[" * 130_000])
@example("POST", "/tasks/submit", b"", [], [b'{"tasks":' + b"[" * 65_000 + b"]" * 65_000 + b"}"])
@example("POST", "/tasks", b"", [], [b'{"qpu_id": "\\ud800", "task_count": 1}'])
@example("POST", "/tasks", b"", [], [b'{"qpu_id": "qpu:local:1:aer", "task_count": ' + b"9" * 4000 + b"}"])
@example("POST", "/tasks", b"", [], [b'{"qpu_id": "qpu:local:1:aer", "task_count": NaN}'])
@example("GET", "/tasks/\ud800/status", b"", [], [])
@example("GET", "/admin/qpu", b"", [(b"host", b"[")], [])
@example("GET", "/tasks", b"start_date=0001-01-01T00:00:00%2B14:00", [], [])
@example("POST", "/tasks", b"", [], [b"x" * 70_000, b"x" * 70_000])
def test_nothing_is_answered_with_500(
    method: str, path: str, query: bytes, sent: list[tuple[bytes, bytes]], chunks: list[bytes]
) -> None:
    async def ask() -> None:
        async with LocalCloud(clock=VirtualClock()) as cloud:
            welcome = [*sent, (b"authentication-token", b"any")]
            status, body = await answer_of(cloud.app, method, path, query, welcome, chunks)
            assert 200 <= status < 500, body
            if body:
                json.loads(body)
            listed, tasks = await answer_of(cloud.app, "GET", "/tasks", b"", [(b"authentication-token", b"any")], [])
            assert listed == 200, tasks

    run_virtual(ask())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"qpu_id": DEFAULT_QPU_ID, "task_count": 1, "tag": "\ud800"}, "tag is not valid Unicode text"),
        ({"qpu_id": DEFAULT_QPU_ID, "task_count": 10**40}, "task_count must be"),
        ({"qpu_id": DEFAULT_QPU_ID, "task_count": float("nan")}, "NaN is not valid JSON"),
    ],
)
async def test_what_cannot_be_kept_is_refused(body: object, says: str) -> None:
    async with service() as local:
        answer = await local.http.post("/tasks", content=json.dumps(body))
        assert answer.status_code == 400
        assert says in answer.text
        assert await local.get("/tasks") == []


async def test_ids_that_are_none_cancel_nothing() -> None:
    async with service() as local:
        (known,) = await local.reserve()
        for ids, status in (([known, None], 400), ([known, {"a": 1}], 400), ([known, "unknown"], 404), ("abc", 400)):
            assert (await local.post("/tasks/cancel_many", {"tasks": ids})).status_code == status
        assert await local.status(known) == "CREATED"


async def test_no_answer_repeats_the_request_in_a_header() -> None:
    async with service() as local:
        answer = await local.http.get("/admin/qpu/")
        assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_reservations_are_bounded_and_expire() -> None:
    clock = VirtualClock()
    async with service(LocalSettings(max_reservations=5, reservation_life_s=60), clock=clock) as local:
        first = await local.reserve(3)
        await local.reserve(2)
        more = {"qpu_id": DEFAULT_QPU_ID, "task_count": 1}
        assert (await local.post("/tasks", more)).status_code == 429
        await local.post("/tasks/cancel_many", {"tasks": first[:1]})
        assert (await local.post("/tasks", more)).status_code == 200
        assert (await local.post("/tasks", more)).status_code == 429
        clock.start += timedelta(seconds=61)
        assert (await local.post("/tasks", {**more, "task_count": 5})).status_code == 200
        assert await local.status(first[1]) == "EXPIRED"


def test_tokens_are_bounded() -> None:
    access = Access(LocalSettings(token="the only other one"), VirtualClock())
    first, first_refresh = access.issue(), access.issue_refresh_token()
    access.revoke(revoked := access.issue())
    assert access.check(first) is Verdict.ACCEPTED
    for _ in range(MAX_TOKENS):
        last, last_refresh = access.issue(), access.issue_refresh_token()
    assert [access.check(token) for token in (first, last)] == [Verdict.REJECTED, Verdict.ACCEPTED]
    assert [access.is_refresh_token(token) for token in (first_refresh, last_refresh)] == [False, True]
    assert access.check(revoked) is Verdict.REJECTED


async def says_hello(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"hello"})  # type: ignore[operator]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("127.8.8.8", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("[::1]:8000", 200),
        ("qpu.lab.example", 200),
        ("qpu.lab.example:8000", 200),
        ("evil.example.org", 421),
        ("localhost.evil.example.org", 421),
        ("127.0.0.1.evil.example.org", 421),
        ("evil.example.org:80@localhost", 421),
        ("0.0.0.0", 421),
        ("192.168.0.7", 421),
        ("", 421),
    ],
)
async def test_only_our_own_names_are_answered_to(host: str, status: int) -> None:
    app = HostCheck(says_hello, ["qpu.lab.example", "0.0.0.0"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        assert (await http.get("/", headers={"Host": host})).status_code == status


@given(st.text())
def test_a_host_header_can_be_anything(text: str) -> None:
    assert name_in(name_in(text)) is not None
