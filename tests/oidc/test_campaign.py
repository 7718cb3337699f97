"""A campaign whose tokens live two seconds, on a network that drops a fifth of the answers."""

import asyncio
import math
from typing import Literal

import pytest

from qcaas_sdk import JobState, SignInRequired
from qcaas_sdk.testing import Dropped, Fault, SimulatedCloud, SimulatedProvider, SimulatedQpu
from tests.oidc.fakes import credential_for, sdk_behind
from tests.support.programs import BELL
from tests.testing.virtually import virtually

pytestmark = pytest.mark.slow

LIFE_S = 2.0
DROPS = [Fault(Dropped(), probability=0.1), Fault(Dropped(after_acting=True), probability=0.1)]


Api = Literal["v3", "v4"]


async def campaign(flow: str, jobs: int, seed: int, *, rotates: bool = False, api: Api = "v4") -> None:
    cloud = SimulatedCloud(seed=seed, api=api, faults=DROPS, latency_s=0.02, qpus=[SimulatedQpu()])
    provider = SimulatedProvider(cloud, seed=seed, token_life_s=LIFE_S, drops=0.2, rotates=rotates)
    credential = credential_for(provider, flow)
    sdk = sdk_behind(provider, cloud, credential)
    lost = False
    while True:
        try:
            await sdk.sign_in(prompt=lambda code: None)
            await sdk.open()
            break
        except SignInRequired:
            assert rotates
    begun = asyncio.get_running_loop().time()
    made = [sdk.create_job(program=BELL) for _ in range(jobs)]
    waiting = made
    while waiting:
        outcomes = await asyncio.gather(*(job.execute() for job in waiting), return_exceptions=True)
        odd = [one for one in outcomes if isinstance(one, BaseException)]
        assert all(isinstance(one, SignInRequired) for one in odd), odd[:3]
        assert not odd or rotates
        waiting = [job for job, one in zip(waiting, outcomes, strict=True) if isinstance(one, BaseException)]
        if waiting:
            lost = True
            await sdk.sign_in(prompt=lambda code: None)
    took = asyncio.get_running_loop().time() - begun
    await sdk.close()
    assert all(job.state is JobState.COMPLETED and job.result is not None for job in made)
    assert len(cloud.ledger.executions) == jobs
    assert len({run.task_id for run in cloud.ledger.executions}) == jobs
    ledger = provider.ledger
    assert ledger.most_in_flight == 1
    arrived = ledger.given - ledger.lost
    if not rotates:
        assert ledger.requests <= ledger.given + ledger.dropped
        assert ledger.requests == arrived + ledger.dropped
        assert arrived <= math.ceil(took / (0.8 * LIFE_S)) + 2
    else:
        assert not lost or ledger.lost, "a sign-in is lost only with an answer"
    print(
        f"{api} {flow} {rotates=}: {jobs} jobs, {len(cloud.ledger.executions)} executions, {took:.1f} virtual s, "
        f"{ledger.requests} token requests, {arrived} tokens arrived, {ledger.dropped} answers dropped"
    )


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("flow", ["client_credentials", "password", "device"])
@virtually
async def test_each_job_runs_once_and_no_token_is_asked_for_in_vain(flow: str, api: Api) -> None:
    await campaign(flow, 100, seed=1, api=api)


@virtually
async def test_where_refresh_tokens_rotate_a_lost_answer_costs_a_sign_in_and_nothing_else() -> None:
    await campaign("device", 100, seed=2, rotates=True)


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("flow", ["client_credentials", "device"])
@virtually
async def test_so_do_a_thousand_jobs(flow: str, api: Api) -> None:
    await campaign(flow, 1000, seed=3, api=api)
