"""No token, password or client secret is ever shown, and none is sent to any host but its own."""

import asyncio
import copy
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qcaas_sdk import InvalidArgument, KeycloakCredential, OqcSdk, QcaasError, SignInFailed
from qcaas_sdk.testing import SimulatedCloud, SimulatedProvider, VirtualClock, run_virtual
from tests.oidc.fakes import credential_for, sdk_behind
from tests.support.examples import scaled
from tests.support.programs import BELL

SECRETS = {
    "client_secret": "SECRETclient/+ &\"'<",
    "password": "SECRETpass/+ &\"'<é",
    "access_token": "SECRETaccess",
    "refresh_token": "SECRETrefresh",
    "id_token": "SECRETid",
    "device_code": "SECRETdevice",
}
GOOD = {
    "access_token": SECRETS["access_token"],
    "refresh_token": SECRETS["refresh_token"],
    "id_token": SECRETS["id_token"],
    "token_type": "Bearer",
    "expires_in": 1,
    "device_code": SECRETS["device_code"],
    "user_code": "ABCD",
    "verification_uri": "https://id.example.org/device",
    "interval": 1,
}
BODY = json.dumps(GOOD).encode()
ECHO = "ECHO"
TESTS = Path(__file__).parents[1]

answers = st.one_of(
    st.integers(0, len(BODY)).map(lambda cut: (200, BODY[:cut])),
    st.tuples(st.sampled_from([200, 400, 401, 403, 404, 429, 500, 503, 302]), st.sampled_from([BODY, b"", b"<p>hi"])),
    st.tuples(st.sampled_from([400, 401, 403, 500]), st.just(ECHO)),
    st.just("broken"),
)


class Provider(httpx.AsyncBaseTransport):
    """Answers from a list, then well; repeats what it got where it is told to."""

    def __init__(self, steps: list[Any]) -> None:
        self.steps = steps
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = (await request.aread()).decode()
        await asyncio.sleep(0.01)
        self.requests.append(request)
        if request.url.host != "id.example.org":
            status = 401 if len(self.requests) % 2 else 200
            return httpx.Response(status, json={"detail": f"expired: {request.headers.get('authorization')}"})
        step = self.steps.pop(0) if self.steps else (200, BODY)
        if step == "broken":
            raise httpx.ReadError("the connection broke", request=request)
        status, body = step
        if body == ECHO:
            form = dict(httpx.QueryParams(sent))
            text = " ".join([sent, *form.values()])
            body = json.dumps({"error": "odd", "error_description": text, "detail": text}).encode()
        return httpx.Response(status, content=body, headers={"location": f"https://evil.example/?{sent}"})


def variables(error: BaseException | None) -> Iterator[str]:
    """The variables of every frame of the package that a tool could show, and of all below."""
    described = traceback.TracebackException.from_exception(error, capture_locals=True) if error is not None else None
    while described is not None:
        for frame in described.stack:
            if str(TESTS) not in frame.filename:
                yield f"{frame.filename}:{frame.lineno} {frame.locals}"
        described = described.__cause__ or described.__context__


def shown(error: BaseException | None) -> str:
    """Everything that people and logs see of an error."""
    told = [*variables(error)]
    while error is not None:
        told += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(told)


@pytest.fixture(scope="module", autouse=True)
def all_logs() -> Any:
    """Every logger says everything."""
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    yield
    logging.getLogger().setLevel(before)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=scaled(60))
@given(steps=st.lists(answers, max_size=6), flow=st.sampled_from(["client", "password", "device"]))
def test_nothing_that_is_shown_contains_a_secret(
    steps: list[Any], flow: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    given_ = {
        "client": {"client_secret": SECRETS["client_secret"]},
        "password": {"client_secret": SECRETS["client_secret"], "username": "ann", "password": SECRETS["password"]},
        "device": {},
    }[flow]
    wire, told = Provider([*steps]), list[str]()
    caplog.clear()

    async def session() -> None:
        credential = KeycloakCredential("https://id.example.org", "oqc", "sdk", cache=False, **given_)  # type: ignore[arg-type]  # a test's
        sdk = OqcSdk("https://hub.example.org", credential=credential, http_transport=wire, clock=VirtualClock())
        for attempt in (lambda: sdk.sign_in(lambda code: told.append(repr(code))), sdk.open, sdk.sign_out):
            try:
                told.append(repr(await attempt()))
            except QcaasError as error:
                told.append(shown(error))
        told.extend([repr(sdk), repr(credential), repr(credential.whoami()), str(credential)])
        for leak in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(InvalidArgument, match="cannot be copied"):
                leak(credential)  # type: ignore[operator]  # one of three
        await sdk.close()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run_virtual(session())
    told += [str(one.message) for one in caught] + [caplog.text]
    for name, secret in SECRETS.items():
        for text in told:
            assert secret not in text, name
            assert "SECRET" not in text, name
    for request in wire.requests:
        sent = f"{request.url} {request.content.decode()}"
        if request.url.host != "id.example.org":
            assert request.url.host == "hub.example.org"
            assert "SECRET" not in sent
            known = (
                None if request.url.path in {"/admin/version", "/healthz"} else f"Bearer {SECRETS['access_token']}"
            )
            assert request.headers.get("authorization") == known
        else:
            assert "SECRET" not in str(request.url)
            assert "authorization" not in request.headers


def test_journals_snapshots_and_pictures_contain_none(tmp_path: Path) -> None:
    provider = SimulatedProvider(cloud := SimulatedCloud())
    texts: list[str] = []

    async def session() -> None:
        credential = credential_for(provider)
        sdk = sdk_behind(provider, cloud, credential, journal=tmp_path / "journal.db")
        async with sdk:
            job = sdk.create_job(program=BELL)
            outputs = await job.execute()
            texts.extend([repr(job), repr(outputs), json.dumps(job.to_snapshot()), outputs.one.to_json()])  # type: ignore[union-attr]  # a result
            texts.extend([str(job.diagram()), repr(job.timeline())])
            job.save(tmp_path / "job.json")

    run_virtual(session())
    texts.extend(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir() if path.is_file())
    assert len(texts) >= 8
    for text in texts:
        for secret in ("access-token-", "refresh-token-", provider.password, cloud.token):
            assert secret not in text


def answered(status: int, **content: Any) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/version":
            return httpx.Response(200, json={"version": "3"})
        if not status:
            raise httpx.ReadError("the connection broke", request=request)
        return httpx.Response(status, **content)

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    "wire", [answered(401), answered(404), answered(200, html="<p>hi</p>"), answered(503), answered(0)]
)
def test_no_frame_of_an_error_knows_the_token(wire: httpx.MockTransport) -> None:
    async def opened() -> None:
        try:
            raise KeyError("the user's own")  # what is handled while the SDK opens
        except KeyError as own:
            with pytest.raises(QcaasError) as caught:
                await OqcSdk(
                    "https://hub.example.org", "SECRETtoken", http_transport=wire, clock=VirtualClock()
                ).open()
            assert own.__traceback__ is not None
        assert "SECRET" not in "\n".join(variables(caught.value))
        assert any("connect" in one for one in variables(caught.value)), "the frames of the SDK are there"

    run_virtual(opened())


def test_no_frame_of_a_refusal_knows_what_was_sent() -> None:
    denied = (400, json.dumps({"error": "access_denied"}).encode())
    good = (200, json.dumps({**GOOD, "expires_in": 60}).encode())
    wire = Provider([good, denied, good, good, denied])

    async def session() -> None:
        credential = KeycloakCredential("https://id.example.org", "oqc", "sdk", cache=False)
        sdk = OqcSdk("https://hub.example.org", credential=credential, http_transport=wire, clock=VirtualClock())
        with pytest.raises(SignInFailed) as caught:
            await sdk.sign_in(lambda code: None)
        assert "SECRET" not in "\n".join(variables(caught.value))
        await sdk.sign_in(lambda code: None)
        with pytest.raises(SignInFailed) as caught:
            await sdk.sign_out()
        assert "SECRET" not in "\n".join(variables(caught.value))

    run_virtual(session())
    assert not wire.steps
