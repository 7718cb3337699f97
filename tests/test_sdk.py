"""The door: opening, closing, bad addresses and credentials, QPUs, making jobs."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

import qcaas_sdk
from qcaas_sdk import (
    AuthenticationError,
    BadAnswer,
    InactiveQpu,
    InvalidProgram,
    OqcSdk,
    QcaasError,
    SdkNotOpen,
    ServerUnavailable,
    ServerUnreachable,
    TransportError,
    UnknownQpu,
    UntrustedHost,
)
from qcaas_sdk.local import LocalCloud, LocalQpu, LocalSettings, Window
from qcaas_sdk.testing import VirtualClock, run_virtual
from tests.support.passing_clock import PassingClock
from tests.support.programs import BELL

ON, OFF = LocalQpu("qpu:local:1:on"), LocalQpu("qpu:local:2:off", active=False)


async def test_an_sdk_opens_makes_a_job_and_closes() -> None:
    async with OqcSdk.local() as sdk:
        assert "open" in repr(sdk)
        job = sdk.create_job(program=BELL)
        await job.execute(timeout_s=60)
        assert job.completed
    assert "not open" in repr(sdk)


def test_an_sdk_can_be_opened_again_even_in_another_event_loop() -> None:
    sdk = OqcSdk.local()

    async def run_once() -> bool:
        async with sdk:
            job = sdk.create_job(program=BELL)
            await job.execute(timeout_s=60)
            return job.completed

    assert asyncio.run(run_once())
    assert asyncio.run(run_once())


async def test_open_and_close_work_without_a_block() -> None:
    sdk = await OqcSdk.local().open()
    assert await sdk.open() is sdk
    assert (await sdk.list_qpus())[0]["active"] is True
    await sdk.close()
    await sdk.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda sdk: sdk.create_job(program=BELL),
        lambda sdk: sdk.list_qpus(),
        lambda sdk: sdk.get_features(),
        lambda sdk: sdk.get_system_status(),
        lambda sdk: sdk.get_calibration(),
        lambda sdk: sdk.get_next_window(),
    ],
)
async def test_using_an_sdk_that_is_not_open_is_an_error(use: Any) -> None:
    sdk = OqcSdk.local()
    for _ in range(2):
        with pytest.raises(SdkNotOpen, match="needs an open SDK"):
            answer = use(sdk)
            if answer is not None:
                await answer
        async with sdk:
            pass


async def test_a_job_of_a_closed_sdk_says_so_and_stays_as_it_was() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
    for call in (job.execute, job.wait, job.submit):
        with pytest.raises(
            SdkNotOpen, match=r"^Job\(.* belongs to an SDK that is not open: `await sdk\.open\(\)` first"
        ) as caught:
            await call()
        assert len(caught.traceback) <= 6, "a short way"
    assert (job.state, job.history.all()) == ("CREATED", [])


async def test_a_submitted_job_of_a_closed_sdk_says_so_and_stays_as_it_was() -> None:
    async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=60.0),))) as sdk:
        job = await sdk.create_job(program=BELL).submit()
    for call in (job.wait, job.refresh):
        with pytest.raises(SdkNotOpen, match=r"^Job\(.* belongs to an SDK that is not open") as caught:
            await call()
        assert len(caught.traceback) <= 6, "a short way"
    assert job.state == "SUBMITTED"


async def test_closing_wakes_those_who_wait() -> None:
    sdk = await OqcSdk.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=60.0),))).open()
    job = sdk.create_job(program=BELL)
    waiting = asyncio.create_task(job.wait())
    while job.state != "SUBMITTED":
        await asyncio.sleep(0.01)
    await sdk.close()
    with pytest.raises(SdkNotOpen, match="was closed while"):
        await waiting
    assert job.state == "SUBMITTED"


# Where it leads.


def test_the_environment_can_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OQC_URL", "https://cloud.example.org")
    monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "s3cret")
    sdk = OqcSdk.from_env(default_qpu_id="qpu:1")
    assert "https://cloud.example.org" in repr(sdk)
    assert "s3cret" not in repr(sdk)
    monkeypatch.delenv("OQC_URL")
    with pytest.raises(QcaasError, match="OQC_URL is not set"):
        OqcSdk.from_env()


@pytest.mark.parametrize(
    "url", ["", "cloud.example.org", "ftp://cloud.example.org", "https://me:pw@cloud.example.org"]
)
def test_a_url_that_cannot_be_one_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        OqcSdk(url, "token")


async def test_a_server_that_is_down_is_reported_in_under_15_seconds() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    clock = PassingClock()
    with pytest.raises(ServerUnreachable, match="no connection"):
        await OqcSdk(f"http://127.0.0.1:{port}", "token", clock=clock).open()
    assert 1.0 < clock.now < 15.0, "it tries again for a while"


@pytest.mark.slow
async def test_a_server_that_never_answers_is_reported_in_under_15_seconds() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(20)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    begin = time.perf_counter()
    with pytest.raises(TransportError, match="no answer"):
        await OqcSdk(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "token").open()
    assert time.perf_counter() - begin < 15.0
    server.close()


@pytest.mark.parametrize("timeout_s", [None, 3.0, 0.0])
@pytest.mark.parametrize("version_s", [0.0, 2.0, 9.0, 11.9, 100.0])
def test_opening_has_one_deadline_over_everything(version_s: float, timeout_s: float | None) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/version":
            await asyncio.sleep(version_s)
            return httpx.Response(200, json={"version": "1"})
        await asyncio.sleep(1000.0)
        raise AssertionError

    async def scenario() -> None:
        carrier = httpx.MockTransport(slow)
        sdk = OqcSdk("https://cloud.example.org", "token", http_transport=carrier, clock=VirtualClock())
        loop = asyncio.get_running_loop()
        outcomes = await asyncio.gather(*(sdk.open(timeout_s=timeout_s) for _ in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ServerUnavailable] * 3
        assert loop.time() <= (12.0 if timeout_s is None else timeout_s) + 1.0

    run_virtual(scenario())


def served(*pages: httpx.Response) -> OqcSdk:
    answers = list(pages)

    def serve(_: httpx.Request) -> httpx.Response:
        page = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx.Response(page.status_code, content=page.content, headers=page.headers)

    return OqcSdk("https://cloud.example.org", "token", http_transport=httpx.MockTransport(serve))


VERSION = httpx.Response(200, json={"version": "3"})


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<h1>Welcome</h1>"),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(404, json={"message": "no Route matched"}),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(200, json={"version": None}),
        httpx.Response(200, json=["version"]),
        httpx.Response(301, headers={"Location": "https://elsewhere.example.com"}),
        httpx.Response(200, content=b""),
    ],
)
@pytest.mark.slow
async def test_a_server_that_is_not_qcaas_is_named_as_such(page: httpx.Response) -> None:
    sdk = served(page)
    with pytest.raises(BadAnswer, match=r"cloud\.example\.org"):
        await sdk.open()
    assert "not open" in repr(sdk)


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, json={"items": "none"}),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"items": [{"id": "q", "url": "https://q.example.org"}]}),
        httpx.Response(200, json={"items": [{"id": 7, "url": "https://q.example.org", "active": True}]}),
        httpx.Response(200, json={"items": [None]}),
        httpx.Response(200, json={"items": [3, {"id": "q", "url": "https://q.example.org", "active": False}]}),
    ],
)
async def test_a_list_of_qpus_that_is_none_is_a_bad_answer(page: httpx.Response) -> None:
    with pytest.raises(BadAnswer, match="list of QPUs"):
        await served(VERSION, page).open()


async def test_a_refused_token_is_reported_at_open() -> None:
    cloud = LocalCloud(LocalSettings(token="right", expired_tokens=("old",)))
    for token, problem in (("wrong", "refused"), ("old", "expired")):
        with pytest.raises(AuthenticationError, match=problem) as caught:
            await OqcSdk("http://localhost", token, http_transport=httpx.ASGITransport(cloud.app)).open()
        assert token not in str(caught.value).split()
    async with OqcSdk("http://localhost", "right", http_transport=httpx.ASGITransport(cloud.app)) as sdk:
        assert await sdk.list_qpus()
    await cloud.close()


async def test_email_and_password_open_it_too() -> None:
    cloud = LocalCloud(LocalSettings(email="me@example.org", password="hunter2"))
    carrier = httpx.ASGITransport(cloud.app)
    async with OqcSdk("http://localhost", email="me@example.org", password="hunter2", http_transport=carrier) as sdk:
        assert await sdk.list_qpus()
    with pytest.raises(AuthenticationError) as caught:
        await OqcSdk("http://localhost", email="me@example.org", password="wr0ng", http_transport=carrier).open()
    assert "wr0ng" not in str(caught.value)
    await cloud.close()


async def test_a_service_without_an_active_qpu_is_reported_at_open() -> None:
    with pytest.raises(InactiveQpu, match="has no active QPU"):
        await OqcSdk.local(LocalSettings(qpus=(OFF,))).open()


async def test_a_qpu_on_a_foreign_host_never_gets_the_token() -> None:
    foreign = {"items": [{"id": "qpu:1", "url": "https://evil.example.com", "active": True}]}
    async with served(VERSION, httpx.Response(200, json=foreign)) as sdk:
        job = sdk.create_job(program=BELL, qpu_id="qpu:1")
        with pytest.raises(UntrustedHost, match=r"allowed_hosts=\['evil\.example\.com'\]"):
            await job.execute()
        assert job.state == "CREATED"


# QPUs.


@contextlib.asynccontextmanager
async def two_qpus() -> AsyncIterator[OqcSdk]:
    async with OqcSdk.local(LocalSettings(qpus=(ON, OFF))) as sdk:
        yield sdk


async def test_only_active_qpus_are_listed() -> None:
    async with two_qpus() as sdk:
        assert [qpu["id"] for qpu in await sdk.list_qpus()] == [ON.id]


async def test_an_unknown_qpu_is_refused_with_the_known_ones() -> None:
    async with two_qpus() as sdk:
        with pytest.raises(UnknownQpu, match=f"this account has no QPU 'qpu:x' .active now: {ON.id}"):
            sdk.create_job(program=BELL, qpu_id="qpu:x")
        with pytest.raises(UnknownQpu):
            sdk.set_default_qpu("qpu:x")
        with pytest.raises(UnknownQpu):
            await sdk.get_next_window("qpu:x")


async def test_an_inactive_qpu_is_refused_as_such() -> None:
    async with two_qpus() as sdk:
        with pytest.raises(InactiveQpu, match="is not active"):
            sdk.create_job(program=BELL, qpu_id=OFF.id)


async def test_a_job_without_a_qpu_needs_a_default() -> None:
    cloud = LocalCloud(LocalSettings(qpus=(ON,)))
    async with OqcSdk("http://localhost", "t", http_transport=httpx.ASGITransport(cloud.app)) as sdk:
        assert sdk.default_qpu_id is None
        with pytest.raises(UnknownQpu, match="there is no default QPU"):
            sdk.create_job(program=BELL)
        sdk.set_default_qpu(ON.id)
        assert sdk.create_job(program=BELL).qpu_id == ON.id
    await cloud.close()


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize(
    "ask",
    [
        OqcSdk.get_features,
        OqcSdk.get_next_window,
        OqcSdk.get_system_status,
        OqcSdk.get_calibration,
        OqcSdk.wait_time,
    ],
)
async def test_a_qpu_that_does_not_exist_is_named_with_those_that_do(ask: Any, api: str) -> None:
    async with OqcSdk.local(api=api) as sdk:
        with pytest.raises(UnknownQpu, match=r"no QPU 'nope' \(active now: qpu:local:1:aer\)"):
            await ask(sdk, "nope")


async def test_what_a_qpu_can_tell() -> None:
    opens = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    window = Window(opens, opens + timedelta(hours=2))
    async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(windows=(window,)),))) as sdk:
        assert (await sdk.get_features())["qubits"] == 32
        assert await sdk.get_next_window() == opens
        assert (await sdk.get_system_status())[0]["qpu_id"] == sdk.default_qpu_id
        assert (await sdk.get_system_status(sdk.default_qpu_id))[0]["qpu_id"] == sdk.default_qpu_id
        day = date(2026, 11, 1)
        assert (await sdk.get_calibration(date_filter=day))["date"] == "2026-11-01"
        assert await sdk.get_calibration(date_filter="2026-11-01") == await sdk.get_calibration(date_filter=day)
        with pytest.raises(ValueError, match="YYYY-MM-DD"):
            await sdk.get_calibration(date_filter="yesterday")
    async with OqcSdk.local() as sdk:
        assert await sdk.get_next_window() is None


# Programs.


@pytest.mark.parametrize("program", ["", "  \n", None, 7, b"OPENQASM 2.0;", [7], ["OPENQASM 2.0;", ""], "\ud800"])
async def test_what_is_no_program_is_refused_at_once(program: Any) -> None:
    async with OqcSdk.local() as sdk:
        with pytest.raises(InvalidProgram, match="program"):
            sdk.create_job(program=program)


def test_every_public_name_is_there_once_and_documented() -> None:
    assert len(qcaas_sdk.__all__) == len(set(qcaas_sdk.__all__))
    for name in set(qcaas_sdk.__all__) - {"__version__"}:  # a text
        assert getattr(qcaas_sdk, name).__doc__, name
