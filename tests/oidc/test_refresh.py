"""Access tokens that expire, are revoked, or cannot be renewed."""

import asyncio
import random

import httpx
import pytest

from qcaas_sdk import PasswordCredential, SdkNotOpen, ServerUnavailable, SignInRequired
from qcaas_sdk._http import HttpClient
from qcaas_sdk.testing import SimulatedCloud, SimulatedProvider, VirtualClock
from tests.oidc.fakes import KINDS, client_for, credential_for, sdk_behind
from tests.support.programs import BELL
from tests.testing.virtually import virtually


@pytest.mark.parametrize("flow", KINDS)
@pytest.mark.parametrize("rotates", [False, True])
@virtually
async def test_200_requests_that_meet_an_expired_token_renew_it_once(flow: str, rotates: bool) -> None:
    provider = SimulatedProvider(SimulatedCloud(), rotates=rotates)
    credential = credential_for(provider, flow)
    client = await client_for(credential, provider.transport, max_in_flight=200)
    await credential.sign_in(client.login_requests())
    before = provider.ledger.given
    await asyncio.gather(*(client.request("GET", "/admin/qpu") for _ in range(200)))
    assert provider.ledger.given == before
    provider.revoke_access()
    await asyncio.gather(*(client.request("GET", "/admin/qpu") for _ in range(200)))
    assert provider.ledger.given == provider.ledger.requests == before + 1
    assert provider.ledger.most_in_flight == 1
    await client.close()


@virtually
async def test_so_do_200_requests_with_email_and_password() -> None:
    logins = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        await asyncio.sleep(0.01)
        if request.url.path == "/admin/login":
            logins += 1
            return httpx.Response(200, json={"response": {"user": {"authentication_token": f"token-{logins}"}}})
        expired = request.headers.get("authentication-token") == "token-1" and broken
        return httpx.Response(401, json={"detail": "expired"}) if expired else httpx.Response(200, json="yes")

    broken = False
    client = HttpClient(
        "https://hub.example.com",
        PasswordCredential("me@example.org", "pass word"),
        http_transport=httpx.MockTransport(answer),
        clock=VirtualClock(),
        max_in_flight=200,
    )
    await client.open()
    await client.request("GET", "/x")
    broken = True
    assert await asyncio.gather(*(client.request("GET", "/x") for _ in range(200))) == ["yes"] * 200
    assert logins == 2


@virtually
async def test_a_token_is_renewed_before_it_expires() -> None:
    provider = SimulatedProvider(SimulatedCloud(), token_life_s=100.0)
    client = await client_for(credential_for(provider), provider.transport)
    await client.request("GET", "/admin/qpu")
    await asyncio.sleep(79.0)
    await client.request("GET", "/admin/qpu")
    assert provider.ledger.given == 1
    await asyncio.sleep(2.0)
    begin = asyncio.get_running_loop().time()
    await client.request("GET", "/admin/qpu")
    assert asyncio.get_running_loop().time() == begin, "a request does not wait for it"
    await asyncio.sleep(0.1)
    await client.request("GET", "/admin/qpu")
    assert provider.ledger.given == 2
    assert provider.ledger.refused == 0


@virtually
async def test_a_token_is_used_to_its_end_if_the_provider_is_down_before() -> None:
    provider = SimulatedProvider(SimulatedCloud(), token_life_s=1000.0)
    down = False

    class Wire(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if down and request.url.host == "id.example.com":
                raise httpx.ConnectError("no connection", request=request)
            return await provider.transport.handle_async_request(request)

    client = await client_for(credential_for(provider), Wire())
    await client.request("GET", "/admin/qpu")
    down = True
    await asyncio.sleep(971.0)
    for _ in range(20):
        await client.request("GET", "/admin/qpu")
        await asyncio.sleep(1.0)
    assert provider.ledger.refused == 0
    await asyncio.sleep(100.0)
    with pytest.raises(ServerUnavailable, match=r"before that: .*id\.example\.com/token: no connection"):
        await client.request("GET", "/admin/qpu")
    down = False
    await client.request("GET", "/admin/qpu")


@pytest.mark.parametrize("rotates", [False, True])
@virtually
async def test_a_revoked_sign_in_says_how_to_sign_in_again_and_jobs_stay_where_they_are(rotates: bool) -> None:
    provider = SimulatedProvider(cloud := SimulatedCloud(), rotates=rotates)
    credential = credential_for(provider, "device")
    sdk = sdk_behind(provider, cloud, credential)
    with pytest.raises(SignInRequired, match=r"nobody is signed in\. Run `qcaas login`, or call `await sdk.sign_in"):
        await sdk.open()
    await sdk.sign_in(prompt=lambda code: None)
    async with sdk:
        jobs = [sdk.create_job(program=BELL) for _ in range(10)]
        for job in jobs[:5]:
            await job.submit()
        provider.revoke_sign_in()
        before = [(job.state, job.task_id) for job in jobs]
        for job in jobs:
            with pytest.raises(SignInRequired, match=r"the sign-in has ended.*qcaas login.*no job has changed$"):
                await (job.refresh() if job.task_id else job.submit())
        assert [(job.state, job.task_id) for job in jobs] == before
        requests = provider.ledger.requests
        with pytest.raises(SignInRequired):
            await jobs[0].refresh()
        assert provider.ledger.requests == requests, "no request can help"
        await sdk.sign_in(prompt=lambda code: None)
        await asyncio.gather(*(job.execute() for job in jobs))
    assert all(job.completed for job in jobs)
    assert len(cloud.ledger.executions) == 10


@virtually
async def test_a_request_never_starts_a_device_flow() -> None:
    provider = SimulatedProvider(SimulatedCloud())
    client = await client_for(credential_for(provider, "device"), provider.transport)
    with pytest.raises(SignInRequired):
        await client.request("GET", "/admin/qpu")
    assert provider.ledger.requests == 0


@virtually
async def test_a_renewal_goes_on_if_the_request_behind_it_is_cancelled() -> None:
    provider = SimulatedProvider(SimulatedCloud(), rotates=True, latency_s=2.0)
    credential = credential_for(provider, "device")
    client = await client_for(credential, provider.transport)
    await credential.sign_in(client.login_requests(), lambda code: None)
    provider.revoke_access()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await client.request("GET", "/admin/qpu")
    await client.request("GET", "/admin/qpu")
    assert (provider.ledger.given, provider.ledger.most_in_flight) == (2, 1)


@virtually
async def test_closing_waits_for_a_renewal_whose_answer_holds_the_only_refresh_token() -> None:
    provider = SimulatedProvider(SimulatedCloud(), rotates=True, latency_s=2.0)
    credential = credential_for(provider, "device")
    client = await client_for(credential, provider.transport)
    await credential.sign_in(client.login_requests(), lambda code: None)
    provider.revoke_access()
    request = asyncio.create_task(client.request("GET", "/admin/qpu"))
    await asyncio.sleep(0.5)
    request.cancel()
    await client.close()
    assert provider.ledger.given == 2
    again = await client_for(credential_for(provider, "device"), provider.transport)
    await again.request("GET", "/admin/qpu")
    assert provider.ledger.given == 2, "the next process finds the token in the cache"


@pytest.mark.parametrize("seeds", [(1, 1), (1, 2)], ids=["both try again at once", "they try again one by one"])
@virtually
async def test_if_the_client_of_a_shared_credential_closes_the_other_tries_again(seeds: tuple[int, int]) -> None:
    provider = SimulatedProvider(SimulatedCloud(), latency_s=8.0)
    credential = credential_for(provider, cache=False)
    one, other = [await client_for(credential, provider.transport, random=random.Random(seed)) for seed in seeds]
    first = asyncio.create_task(one.request("GET", "/admin/qpu"))
    second = asyncio.create_task(other.request("GET", "/admin/qpu"))
    await asyncio.sleep(0.5)
    await one.close()
    assert isinstance(await second, dict)
    with pytest.raises(SdkNotOpen):
        await first


@virtually
async def test_a_sign_in_that_a_closed_client_begins_stops_no_other_client() -> None:
    provider = SimulatedProvider(SimulatedCloud())
    credential = credential_for(provider, cache=False)
    one = await client_for(credential, provider.transport)
    other = await client_for(credential, provider.transport)
    of_the_closed = one.login_requests()
    await one.close()
    first = asyncio.create_task(credential.headers(of_the_closed))
    await asyncio.sleep(0)
    assert isinstance(await other.request("GET", "/admin/qpu"), dict)
    with pytest.raises(ServerUnavailable, match="closed during the sign-in"):
        await first
    with pytest.raises(SdkNotOpen):
        one.login_requests()


@virtually
async def test_a_refresh_token_that_was_rotated_away_is_a_named_error() -> None:
    """A dropped answer to a refresh may cost the sign-in, where each refresh token works once."""
    provider = SimulatedProvider(SimulatedCloud(), rotates=True)
    credential = credential_for(provider, "device")
    client = await client_for(credential, provider.transport)
    await credential.sign_in(client.login_requests(), lambda code: None)
    lost = 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal lost
        answer = await provider.handle(request)
        if request.url.path == "/token" and not lost:
            lost += 1
            raise httpx.ReadError("gone", request=request)
        return answer

    client = await client_for(credential, httpx.MockTransport(handle))
    provider.revoke_access()
    with pytest.raises(SignInRequired, match="the sign-in has ended"):
        await client.request("GET", "/admin/qpu")


@virtually
async def test_a_provider_that_is_down_is_named_when_the_sdk_opens() -> None:
    def down(request: httpx.Request) -> httpx.Response:
        if request.url.host == "id.example.com":
            return httpx.Response(503, text="maintenance")
        return httpx.Response(200, json={"version": "3"})

    provider = SimulatedProvider(cloud := SimulatedCloud())
    sdk = sdk_behind(provider, cloud, credential_for(provider), http_transport=httpx.MockTransport(down))
    with pytest.raises(ServerUnavailable, match=r"before that: GET id\.example\.com/.*not available \(503"):
        await sdk.open()
    assert asyncio.get_running_loop().time() < 15.0
