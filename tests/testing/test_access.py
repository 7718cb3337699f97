"""Who may use a simulated cloud, and what the others hear."""

import asyncio

import pytest

from qcaas_sdk.testing import SimulatedCloud
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
