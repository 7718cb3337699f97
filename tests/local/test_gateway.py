"""The embedded QPU with version 4 of the API, and its sign-in."""

from typing import Any

import httpx
import pytest

from qcaas_sdk import InvalidArgument, KeycloakCredential, OqcSdk
from qcaas_sdk.local import DEFAULT_QPU_ID, ApiVersion, LocalCloud, LocalSettings
from qcaas_sdk.local.transport import LocalTransport
from tests.local.service import BELL, Service, VirtualClock, client

ENDPOINTS = "/realms/any/protocol/openid-connect"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
SECRET = {"client_id": "c", "client_secret": "s"}


async def test_a_job_runs_on_it() -> None:
    async with OqcSdk.local(api="v4") as sdk:
        assert "api='v4', open" in repr(sdk)
        job = sdk.create_job(program=BELL, shots=100, tag="mine")
        await job.execute()
        assert sum(job.result.counts().values()) == 100
        assert job.metadata is not None
        assert job.metadata["tag"] == "mine"
        assert (await sdk.get_calibration())["simulated"] is True
        assert (await sdk.get_features())["qubits"] == 32
        assert await sdk.get_system_status() == [{"qpu_id": DEFAULT_QPU_ID, "status": "ACTIVE"}]


@pytest.mark.parametrize("api", ["v5", 4])
def test_there_is_no_other_version(api: Any) -> None:
    with pytest.raises(InvalidArgument, match="api"):
        OqcSdk.local(api=api)


def test_settings_name_the_version_too() -> None:
    assert LocalSettings().api is ApiVersion.V3
    assert "api='v4'" in repr(OqcSdk.local(LocalSettings(api="v4")))  # type: ignore[arg-type]  # a word will do
    assert "api='v3'" in repr(OqcSdk.local(LocalSettings(api=ApiVersion.V4), api="v3"))


async def token(http: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await http.post(f"{ENDPOINTS}/token", data=form)


async def qpus(http: httpx.AsyncClient, token: str) -> int:
    return (await http.get("/qpus", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_the_discovery_document_names_the_endpoints() -> None:
    async with LocalCloud(LocalSettings(api=ApiVersion.V4)) as cloud, client(cloud.app, "") as http:
        said = (await http.get("/realms/any/.well-known/openid-configuration")).json()
    assert said["issuer"] == "http://qpu.test:1234/realms/any"
    assert said["token_endpoint"] == f"http://qpu.test:1234{ENDPOINTS}/token"
    assert said["device_authorization_endpoint"] == f"http://qpu.test:1234{ENDPOINTS}/auth/device"


async def test_tokens_of_each_flow_are_accepted_until_they_expire_or_are_revoked() -> None:
    clock = VirtualClock()
    settings = LocalSettings(api=ApiVersion.V4, token="the only one", email="me", password="p4ss", token_life_s=60.0)
    async with LocalCloud(settings, clock=clock) as cloud, client(cloud.app, "") as http:
        by_client = (await token(http, grant_type="client_credentials", **SECRET)).json()
        assert "refresh_token" not in by_client
        by_user = (await token(http, grant_type="password", username="me", password="p4ss", **SECRET)).json()
        asked = (await http.post(f"{ENDPOINTS}/auth/device", data={"client_id": "c"})).json()
        by_code = {"grant_type": DEVICE_CODE, "device_code": asked["device_code"]}
        by_device = (await token(http, **by_code)).json()
        assert (await token(http, **by_code)).json()["error"] == "expired_token", "a code works once"
        for given in (by_client, by_user, by_device):
            assert given["expires_in"] == 60.0
            assert await qpus(http, given["access_token"]) == 200
        assert await qpus(http, "another") == 401
        await http.post(f"{ENDPOINTS}/revoke", data={"token": by_device["access_token"]})
        assert await qpus(http, by_device["access_token"]) == 401
        clock.now += 60.0
        refused = await http.get("/qpus", headers={"Authorization": f"Bearer {by_user['access_token']}"})
        assert (refused.status_code, "expired" in refused.json()["detail"]) == (401, True)
        again = (await token(http, grant_type="refresh_token", refresh_token=by_user["refresh_token"])).json()
        assert await qpus(http, again["access_token"]) == 200
        await http.post(f"{ENDPOINTS}/revoke", data={"token": by_user["refresh_token"]})
        assert (
            await token(http, grant_type="refresh_token", refresh_token=by_user["refresh_token"])
        ).status_code == 400


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "me", "password": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, 400, "invalid_grant"),
        ({"grant_type": DEVICE_CODE, "device_code": "no"}, 400, "expired_token"),
    ],
)
async def test_other_sign_ins_are_refused(form: dict[str, str], status: int, error: str) -> None:
    settings = LocalSettings(api=ApiVersion.V4, email="me", password="p4ss")
    async with LocalCloud(settings) as cloud, client(cloud.app, "") as http:
        answer = await token(http, **form)
        assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/version", 404),
        ("/admin/qpu", 404),
        ("/windows/next", 404),
        ("/monitoring/statuses", 404),
        ("/qpus/none/status", 404),
        (f"/qpus/{DEFAULT_QPU_ID}/benchmarks/search", 501),
    ],
)
async def test_calls_that_a_gateway_does_not_have(path: str, status: int) -> None:
    async with LocalCloud(LocalSettings(api=ApiVersion.V4)) as cloud, client(cloud.app, "") as http:
        assert (await http.get(path, headers={"Authorization": "Bearer any"})).status_code == status


@pytest.mark.parametrize("headers", [{}, {"Authentication-Token": "any"}, {"Authorization": "Basic any"}])
async def test_only_bearer_tokens_are_accepted(headers: dict[str, str]) -> None:
    async with LocalCloud(LocalSettings(api=ApiVersion.V4)) as cloud, client(cloud.app, "") as http:
        answer = await http.get("/qpus", headers=headers)
    assert (answer.status_code, "Authorization" in answer.text) == (401, True)


async def test_ids_are_reserved_one_entry_each() -> None:
    async with LocalCloud(LocalSettings(api=ApiVersion.V4)) as cloud, client(cloud.app, "") as http:
        http.headers["Authorization"] = "Bearer any"
        service = Service(cloud, http)
        tags = ["one", "two", "one", None]
        answer = await service.post("/tasks", {"tasks": [{"qpu_id": DEFAULT_QPU_ID, "tag": tag} for tag in tags]})
        ids = answer.json()["tasks"]
        assert len(set(ids)) == 4
        assert [(await service.get(f"/tasks/{id_}/all_info"))["tag"] for id_ in ids] == tags
        for bad in ([], [7], [{"tag": "x"}], [{"qpu_id": "none"}], None):
            assert (await service.post("/tasks", {"tasks": bad})).status_code in {400, 404}


@pytest.mark.parametrize("flow", [{"client_secret": "s"}, {"username": "me", "password": "p4ss"}])
async def test_a_keycloak_credential_signs_in_to_it(flow: dict[str, Any]) -> None:
    settings = LocalSettings(api=ApiVersion.V4, token="the only one", email="me", password="p4ss")
    credential = KeycloakCredential("http://localhost", "any", "c", cache=False, **flow)
    async with OqcSdk("http://localhost", credential=credential, http_transport=LocalTransport(settings)) as sdk:
        assert "api='v4', open" in repr(sdk)
        job = sdk.create_job(program=BELL, qpu_id=DEFAULT_QPU_ID)
        await job.execute()
        assert job.completed
