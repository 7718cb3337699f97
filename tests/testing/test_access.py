"""Who may use a simulated cloud, and what the others hear."""

import asyncio

import httpx
import pytest

from qcaas_sdk.testing import Fault, SimulatedCloud, TokenExpired, TokenRevoked
from qcaas_sdk.testing.cloud.faults import What
from tests.testing.asking import Asking, asking
from tests.testing.virtually import virtually


async def login(client: Asking, **changed: str) -> tuple[int, str | None]:
    account = {"email": client.cloud.email, "password": client.cloud.password} | changed
    answer = await client.send("POST", "/admin/login?include_auth_token=true", account, headers={})
    if answer.status_code != 200:
        return answer.status_code, None
    return 200, answer.json()["response"]["user"]["authentication_token"]


@virtually
async def test_some_calls_need_no_token() -> None:
    async with asking(SimulatedCloud()) as client:
        assert (await client.ask("GET", "/admin/version", headers={}))["version"]
        await client.ask("POST", "/admin/logout", headers={})


@pytest.mark.parametrize("headers", [{}, {"Authentication-Token": "wrong"}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize("path", ["/admin/qpu", "/monitoring/statuses", "/tasks"])
def test_all_others_do(headers: dict[str, str], path: str) -> None:
    @virtually
    async def asked() -> None:
        cloud = SimulatedCloud()
        async with asking(cloud) as client:
            answer = await client.send("GET", path, headers=headers)
        assert answer.status_code == 401
        assert "response" in answer.json()
        assert "wrong" not in answer.text
        assert cloud.ledger.violations == ()

    asked()


@virtually
async def test_a_login_gives_a_token_that_is_good() -> None:
    async with asking(SimulatedCloud()) as client:
        status, token = await login(client)
        assert (status, token == client.cloud.token) == (200, False)
        assert (await client.send("GET", "/admin/qpu", headers={"Authentication-Token": token})).status_code == 200


@pytest.mark.parametrize("wrong", ["email", "password"])
def test_a_login_with_the_wrong_account_is_refused(wrong: str) -> None:
    @virtually
    async def tried() -> None:
        async with asking(SimulatedCloud()) as client:
            assert await login(client, **{wrong: "another"}) == (401, None)

    tried()


@virtually
async def test_tokens_expire_in_virtual_time_and_a_new_login_helps() -> None:
    async with asking(SimulatedCloud(token_life_s=3600)) as client:
        await asyncio.sleep(3599)
        assert (await client.send("GET", "/admin/qpu")).status_code == 200
        await asyncio.sleep(1)
        refused = await client.send("GET", "/admin/qpu")
        assert (refused.status_code, refused.json()) == (401, {"detail": "the token has expired"})
        _, client.token = await login(client)  # type: ignore[assignment]  # the next line would fail without one
        assert (await client.send("GET", "/admin/qpu")).status_code == 200
        await asyncio.sleep(3600)
        assert (await client.send("GET", "/admin/qpu")).status_code == 401


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@virtually
async def test_a_gateway_knows_bearer_tokens_only() -> None:
    cloud = SimulatedCloud(api="v4", token_life_s=60)
    async with asking(cloud) as client:
        assert (await client.ask("GET", "/healthz", headers={}))["version"]
        assert (await client.send("GET", "/qpus")).status_code == 401
        assert (await client.send("GET", "/qpus", headers=bearer(cloud.token))).status_code == 200
        await asyncio.sleep(60)
        refused = await client.send("GET", "/qpus", headers=bearer(cloud.token))
        assert (refused.status_code, refused.json()) == (401, {"detail": "the token has expired"})
        assert (await client.send("GET", "/qpus", headers=bearer(cloud.issue_token()))).status_code == 200
        assert (await client.send("POST", "/admin/login", {}, headers={})).status_code == 404


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (TokenExpired(), {"detail": "the token has expired"}),
        (TokenRevoked(), {"response": {"errors": ["the token is not known"]}}),
    ],
)
@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_fault_ends_the_token_of_its_request_and_no_other(api: str, what: What, said: object) -> None:
    @virtually
    async def struck() -> None:
        cloud = SimulatedCloud(api=api, faults=[Fault(what, on="qpus", nth=1)])  # type: ignore[arg-type]  # one of two
        first, second = cloud.issue_token(), cloud.issue_token()
        path = "/qpus" if api == "v4" else "/admin/qpu"
        async with asking(cloud) as client:

            async def ask(token: str) -> httpx.Response:
                headers = bearer(token) if api == "v4" else {"Authentication-Token": token}
                return await client.send("GET", path, headers=headers)

            assert (await ask(first)).status_code == 200
            refused = [await ask(first), await ask(first)]
            assert [(one.status_code, one.json()) for one in refused] == [(401, said)] * 2
            assert (await ask(second)).status_code == 200
            cloud.revoke_tokens()
            assert [(await ask(token)).status_code for token in (second, cloud.token)] == [401, 401]
            assert [record.acted for record in cloud.ledger.requests()] == [True, False, False, True, False, False]

    struck()
