"""Versions 3 and 4 of the API: which one a service has, and what only one of them has."""

import asyncio
import json
import warnings
from datetime import date
from typing import Any

import httpx
import pytest

from qcaas_sdk import (
    AuthenticationError,
    BadAnswer,
    InvalidArgument,
    JobState,
    NotInThisApi,
    OidcCredential,
    OqcSdk,
    TooManyShots,
    TransportError,
    UnknownQpu,
)
from qcaas_sdk._service import QpuRegistry, Tasks
from qcaas_sdk._service.v4 import V4
from qcaas_sdk.testing import (
    Constant,
    Fault,
    RequestKind,
    SimulatedCloud,
    SimulatedProvider,
    SimulatedQpu,
    TokenExpired,
    TokenRevoked,
    run_virtual,
    sdk_on,
)
from tests.service.test_tasks import Wire
from tests.support.bearer import RenewedToken
from tests.support.faults import QPU, cloud_with, programs

APIS = ("v3", "v4")


def lines(cloud: SimulatedCloud) -> list[str]:
    return [record.line for record in cloud.ledger.requests()]


@pytest.mark.parametrize(
    ("api", "sent"),
    [
        ("v3", ["GET /admin/version", "GET /admin/qpu"]),
        ("v4", ["GET /admin/version", "GET /healthz", "GET /qpus", f"GET /qpus/{QPU}/features"]),
    ],
)
def test_an_sdk_finds_out_which_api_a_service_has_with_at_most_one_more_request(api: Any, sent: list[str]) -> None:
    async def opened() -> None:
        cloud = SimulatedCloud(api=api)
        sdk = sdk_on(cloud, api="auto")
        assert "api='auto'" in repr(sdk)
        async with sdk:
            assert lines(cloud) == sent
            assert f"api='{api}', open" in repr(sdk)
            assert (await sdk.create_job(program="OPENQASM 2.0;").wait()).state is JobState.COMPLETED
        async with sdk:  # what was found is asked first
            again = [line for line in sent if not line.endswith("/features")]  # they are known
            assert lines(cloud)[-2:] == again[-2:]
        assert cloud.ledger.violations == ()

    run_virtual(opened())


@pytest.mark.parametrize("api", APIS)
def test_a_named_api_takes_no_more_requests(api: Any) -> None:
    async def opened() -> None:
        cloud = SimulatedCloud(api=api)
        async with sdk_on(cloud):
            assert len(lines(cloud)) == (2 if api == "v3" else 3)

    run_virtual(opened())


@pytest.mark.parametrize(("has", "named", "call"), [("v3", "v4", "/healthz"), ("v4", "v3", "/admin/version")])
def test_a_service_that_has_another_api_than_you_say_is_named(has: Any, named: str, call: str) -> None:
    async def opened() -> None:
        await sdk_on(SimulatedCloud(api=has), api=named).open()

    with pytest.raises(BadAnswer, match=f"like a QCaaS server of API {named}.*{call}.*leave out `api`"):
        run_virtual(opened())


def test_what_is_no_service_at_all_is_named_once_both_were_asked() -> None:
    asked: list[str] = []

    def nothing(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404)

    async def opened() -> None:
        await OqcSdk("https://cloud.example.org", "token", http_transport=httpx.MockTransport(nothing)).open()

    with pytest.raises(BadAnswer, match="does not answer like a QCaaS server"):
        run_virtual(opened())
    assert asked == ["/admin/version", "/healthz"]


@pytest.mark.parametrize("api", ["v5", "", None, 4])
def test_there_is_no_other_api(api: Any) -> None:
    with pytest.raises(InvalidArgument, match="api") as caught:
        OqcSdk("https://cloud.example.org", "token", api=api)
    assert caught.value.argument == "api"


@pytest.mark.parametrize(
    ("variables", "api"),
    [
        ({}, "auto"),
        ({"OQC_QCAAS_V4": ""}, "auto"),
        ({"OQC_QCAAS_V4": "1"}, "v4"),
        ({"OQC_QCAAS_V4": " Yes "}, "v4"),
        ({"OQC_QCAAS_V4": "true"}, "v4"),
        ({"OQC_QCAAS_V4": "0"}, "v3"),
        ({"OQC_QCAAS_V4": "no"}, "v3"),
        ({"OQC_QCAAS_V4": "on"}, "v4"),
        ({"OQC_QCAAS_V4": "OFF"}, "v3"),
        ({"OQC_QCAAS_V4": "False"}, "v3"),
        ({"OQC_QCAAS_V4": " "}, "auto"),
        ({"OQC_ENTRA_ENABLED": "On"}, "v4"),
        ({"OQC_ENTRA_ENABLED": "0"}, "auto"),
    ],
)
def test_the_environment_says_which_api(variables: dict[str, str], api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OQC_QCAAS_V4", "OQC_ENTRA_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    given = {"OQC_URL": "https://cloud.example.org", "OQC_AUTHENTICATION_TOKEN": "token"}
    for name, value in {**given, **variables}.items():
        monkeypatch.setenv(name, value)
    assert f"api='{api}'" in repr(OqcSdk.from_env())
    assert "api='v3'" in repr(OqcSdk.from_env(api="v3"))


def test_a_gateway_has_no_login_by_email_and_password() -> None:
    account = {"email": "me@example.org", "password": "hunter2"}
    with pytest.raises(InvalidArgument, match=r"no login by email and password.*credential=") as caught:
        OqcSdk("https://cloud.example.org", api="v4", **account)
    assert "hunter2" not in str(caught.value)

    async def opened() -> None:
        await sdk_on(SimulatedCloud(api="v4"), api="auto", authentication_token=None, **account).open()

    with pytest.raises(InvalidArgument, match="no login by email and password"):
        run_virtual(opened())


def test_what_a_gateway_lacks_says_what_to_use_instead() -> None:
    async def asked() -> None:
        cloud = SimulatedCloud(api="v4")
        async with sdk_on(cloud) as sdk:
            sent = len(lines(cloud))
            with pytest.raises(NotInThisApi, match="get_system_status") as caught:
                await sdk.get_next_window()
            assert (caught.value.api, len(lines(cloud))) == ("v4", sent)
            with pytest.raises(NotInThisApi, match="leave date_filter out"):
                await sdk.get_calibration(date_filter=date(2026, 1, 2))
            assert (await sdk.get_calibration())["qpu_id"] == QPU
            with pytest.raises(UnknownQpu):
                await sdk.get_calibration("qpu:none")

    run_virtual(asked())


def test_a_gateway_answers_about_its_qpus() -> None:
    async def asked() -> None:
        two = [SimulatedQpu("qpu:1", features={"qubits": 3}), SimulatedQpu("qpu:2", url="https://qpu.example.net")]
        async with sdk_on(SimulatedCloud(api="v4", qpus=two)) as sdk:
            assert [qpu["id"] for qpu in await sdk.list_qpus()] == ["qpu:1", "qpu:2"]
            assert await sdk.get_features("qpu:1") == {"qubits": 3}
            assert await sdk.get_system_status("qpu:2") == [{"qpu_id": "qpu:2", "status": "ACTIVE"}]
            assert len(await sdk.get_system_status()) == 2
            job = await sdk.create_job(program="OPENQASM 2.0;", qpu_id="qpu:2").wait()
            assert job.state is JobState.COMPLETED

    run_virtual(asked())


def test_a_gateways_features_are_read_with_its_list_once_for_each_qpu() -> None:
    async def asked() -> None:
        two = [SimulatedQpu("qpu:1", features={"max_shots": 10}), SimulatedQpu("qpu:2", active=False)]
        cloud = SimulatedCloud(api="v4", qpus=two)
        async with sdk_on(cloud) as sdk:
            await sdk.list_qpus()
            with pytest.raises(TooManyShots):
                sdk.create_job(program="OPENQASM 2.0;", qpu_id="qpu:1", shots=11)
            changed = await sdk.get_features("qpu:1")
            changed["max_shots"] = 11
            with pytest.raises(TooManyShots):
                sdk.create_job(program="OPENQASM 2.0;", qpu_id="qpu:1", shots=11)
            about = [line for line in lines(cloud) if line.endswith("/features")]
            assert about == 2 * ["GET /qpus/qpu:1/features"]

    run_virtual(asked())


@pytest.mark.parametrize("status", [200, 403, 404, 500, 503])
def test_a_gateway_that_tells_no_features_is_opened_and_limits_nothing(status: int) -> None:
    answers: dict[str, Any] = {"/healthz": {"version": "4"}, "/qpus": [{"id": "qpu:1"}]}

    def serve(request: httpx.Request) -> httpx.Response:
        known = answers.get(request.url.path)
        return httpx.Response(200, json=known) if known else httpx.Response(status, json={"data": "none"})

    async def opened() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        transport = httpx.MockTransport(serve)
        async with OqcSdk("https://cloud.example.org", "token", api="v4", http_transport=transport) as sdk:
            assert loop.time() - began <= 3.0
            sdk.create_job(program="OPENQASM 2.0;", qpu_id="qpu:1", shots=10**9)

    run_virtual(opened())


@pytest.mark.parametrize("fetch_diagnostics", [False, True])
def test_blank_metadata_are_filled_from_the_top_level(fetch_diagnostics: bool) -> None:
    async def asked() -> None:
        cloud = SimulatedCloud(api="v4")
        async with sdk_on(cloud) as sdk:
            job = await sdk.create_job(
                program="OPENQASM 2.0;", tag="mine", fetch_diagnostics=fetch_diagnostics
            ).wait()
            assert job.metadata is not None
            assert {name: job.metadata[name] for name in ("id", "qpu_id", "tag")} == {
                "id": job.task_id,
                "qpu_id": QPU,
                "tag": "mine",
            }
            assert set(job.metadata) == {"id", "qpu_id", "tag", "config", "created_at"}
            assert not [line for line in lines(cloud) if line.endswith("/metadata")]

    run_virtual(asked())


@pytest.mark.parametrize(
    ("answer", "metadata"),
    [
        ({"status": "RUNNING"}, None),
        ({"status": "RUNNING", "id": "t", "metadata": {"mine": 1}}, {"mine": 1}),
        ({"status": "RUNNING", "id": "t", "tag": None, "metadata": None}, {"id": "t", "tag": None}),
        ({"status": "RUNNING", "id": "t", "metadata": ""}, {"id": "t"}),
    ],
)
async def test_metadata_of_the_service_count_first(answer: Any, metadata: Any) -> None:
    assert V4(await Wire(None).client()).report(answer, "t").metadata == metadata


@pytest.mark.parametrize("api", APIS)
@pytest.mark.slow
def test_a_thousand_long_tags_fit_into_the_requests(api: Any) -> None:
    async def asked() -> tuple[int, int]:
        cloud = SimulatedCloud(api=api)
        async with sdk_on(cloud) as sdk:
            composite = sdk.create_job(program=programs(1000), tag="t" * 200)
            await composite.submit()
            assert len({job.task_id for job in composite.leaves()}) == 1000
        assert cloud.ledger.violations == ()
        return len([line for line in lines(cloud) if line == "POST /tasks"]), len(cloud.ledger.executions)

    requests, _ = run_virtual(asked())
    assert requests == (1 if api == "v3" else 2)


@pytest.mark.slow
def test_a_campaign_costs_as_many_requests_in_both_versions() -> None:
    async def asked(api: Any) -> int:
        cloud = SimulatedCloud(api=api, qpus=[SimulatedQpu(QPU, service_time=Constant(0.05))])
        async with sdk_on(cloud) as sdk:
            await sdk.create_job(program=programs(100)).wait()
        assert len(cloud.ledger.executions) == 100
        return len(lines(cloud))

    first, second = run_virtual(asked("v3")), run_virtual(asked("v4"))
    assert second <= first * 1.1


FAULTS = {
    "tokens expire": [Fault(TokenExpired(), probability=0.2)],
    "tokens are revoked": [Fault(TokenRevoked(), probability=0.2)],
    "both": [Fault(TokenExpired(), probability=0.1), Fault(TokenRevoked(), probability=0.1)],
}


@pytest.mark.parametrize("faults", FAULTS)
def test_tokens_that_end_in_a_campaign_lose_nothing(faults: str) -> None:
    async def run() -> None:
        # The token after a refusal may end at once too: then the user waits again.
        cloud = cloud_with("fair", "conflict", seed=3, api="v4", token_life_s=1.0)
        ending = SimulatedCloud(
            api="v4",
            seed=3,
            token_life_s=1.0,
            faults=FAULTS[faults],
            qpus=[SimulatedQpu(QPU, service_time=Constant(0.05))],
        )
        for service in (cloud, ending):
            credential = RenewedToken(service)
            sdk = sdk_on(service, authentication_token=None, credential=credential)
            while True:
                try:
                    await sdk.open()
                    break
                except AuthenticationError:
                    continue
            composite = sdk.create_job(program=programs(60))
            for _ in range(100):
                try:
                    await composite.wait()
                    break
                except AuthenticationError:
                    continue
            await sdk.close()
            assert [job.state for job in composite.leaves()] == [JobState.COMPLETED] * 60
            assert len(service.ledger.executions) == 60
            assert service.ledger.resubmissions == ()
            assert service.ledger.violations == ()
            assert credential.given > 1

    run_virtual(run())


def test_a_revoked_token_leaves_every_job_where_it_stood(tmp_path: Any) -> None:
    async def run() -> None:
        cloud = cloud_with("fair", "conflict", seed=3, api="v4")
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            composite = await sdk.create_job(program=programs(20)).submit()
            before = [(job.state, job.task_id) for job in composite.leaves()]
            cloud.revoke_tokens()
            await asyncio.sleep(1.0)
            with pytest.raises(AuthenticationError, match="not known") as caught:
                await composite.wait()
            assert cloud.token not in str(caught.value)
            assert [(job.state, job.task_id) for job in composite.leaves()] == before
        token = cloud.issue_token()
        async with sdk_on(cloud, authentication_token=token, journal=tmp_path / "j.db") as sdk:
            (again,) = sdk.recover()
            await again.wait()
        assert len(cloud.ledger.executions) == 20

    run_virtual(run())


def test_an_odd_entry_in_a_gateways_list_hides_no_other() -> None:
    listed: list[Any] = [
        7,
        {"name": "no id"},
        {"id": "qpu:1"},
        {"id": "qpu:2", "active": False},
        {"id": "qpu:3", "url": 5},
    ]

    def serve(request: httpx.Request) -> httpx.Response:
        assert request.headers.get("authorization") == (None if request.url.path == "/healthz" else "Bearer token")
        assert "authentication-token" not in request.headers
        return httpx.Response(200, json={"version": "4"} if request.url.path == "/healthz" else listed)

    async def opened() -> None:
        transport = httpx.MockTransport(serve)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            async with OqcSdk("https://cloud.example.org", "token", api="v4", http_transport=transport) as sdk:
                assert [qpu["id"] for qpu in await sdk.list_qpus()] == ["qpu:1", "qpu:3"]

    run_virtual(opened())


@pytest.mark.parametrize("answer", [None, {}, "soon", {"items": []}, [], [7]])
def test_what_is_no_list_of_qpus_is_named(answer: Any) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps({"version": "4"} if request.url.path == "/healthz" else answer))

    async def opened() -> None:
        transport = httpx.MockTransport(serve)
        await OqcSdk("https://cloud.example.org", "token", api="v4", http_transport=transport).open()

    expected = "no active QPU" if answer == [] else "the list of QPUs"
    with pytest.raises(Exception, match=expected):
        run_virtual(opened())


async def test_a_saved_jobs_own_address_does_not_count_at_a_gateway() -> None:
    client = await Wire(None).client()
    tasks = Tasks(client, QpuRegistry(client, "v4"))
    tasks.remember_address("qpu:1", "https://old.example.org")
    assert tasks.address_of("qpu:1") == client.base_url


def test_many_requests_that_meet_an_expired_token_at_once_renew_it_once() -> None:
    async def asked() -> None:
        hub = SimulatedCloud(token_life_s=10.0)
        async with sdk_on(hub, authentication_token=None, email=hub.email, password=hub.password) as sdk:
            await asyncio.sleep(11.0)
            await asyncio.gather(*(sdk.get_features() for _ in range(200)))
            assert len(hub.ledger.requests(RequestKind.LOGIN)) == 2

        gateway = SimulatedCloud(api="v4", token_life_s=10.0)
        credential = RenewedToken(gateway)
        async with sdk_on(gateway, authentication_token=None, credential=credential) as sdk:
            await asyncio.sleep(11.0)
            await asyncio.gather(*(sdk.get_features() for _ in range(200)))
            assert credential.given == 2

    run_virtual(asked())


@pytest.mark.slow
def test_a_sign_in_whose_tokens_live_for_two_seconds_loses_nothing() -> None:
    async def run() -> None:
        cloud = cloud_with("30% dropped", "conflict", seed=3, api="v4")
        provider = SimulatedProvider(cloud, token_life_s=2.0, drops=0.2)
        credential = OidcCredential(
            provider.issuer, provider.client_id, client_secret=provider.client_secret, cache=False
        )
        sdk = sdk_on(
            cloud, api="auto", authentication_token=None, credential=credential, http_transport=provider.transport
        )
        async with sdk:
            assert "api='v4'" in repr(sdk)
            composite = sdk.create_job(program=programs(200))
            for _ in range(30):
                try:
                    await composite.wait()
                    break
                except TransportError:
                    continue
        assert [job.state for job in composite.leaves()] == [JobState.COMPLETED] * 200
        assert len(cloud.ledger.executions) == 200
        assert provider.ledger.most_in_flight == 1
        assert cloud.ledger.violations == ()

    run_virtual(run())
