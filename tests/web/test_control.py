"""Changing jobs from the page: with the token, and not without it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from qcaas_sdk import Job, JobState, OqcSdk
from qcaas_sdk.cli.campaigns import Campaign, opened
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.live_page import JournalHandles
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.in_process import OwnJobs, numbered_from_0
from qcaas_sdk.web.source import Journaled
from tests.support.programs import BELL, BROKEN
from tests.web.conftest import served


@asynccontextmanager
async def controlled(sdk: OqcSdk, journal: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Dashboard]]:
    """A client that has opened the link with the token."""
    handles = OwnJobs(numbered_from_0(factory_of(sdk).recovery.job))
    dashboard = Dashboard(Journaled(journal, "mine"), handles=handles)
    async with served(dashboard) as client:
        answer = await client.get(dashboard.url)
        assert answer.status_code == 303
        yield client, dashboard


async def until_listed(client: httpx.AsyncClient, number: int) -> None:
    while (await client.get(f"/api/jobs/{number}")).status_code == 404:
        await asyncio.sleep(0)


async def test_the_token_works_once_and_gives_a_cookie_that_scripts_cannot_read(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        dashboard = Dashboard(
            Journaled(tmp_path / "j.db", "mine"), handles=OwnJobs(numbered_from_0(factory_of(sdk).recovery.job))
        )
        assert dashboard.url.partition("?token=")[2] not in repr(dashboard)
        async with served(dashboard) as client:
            wrong = await client.get("/?token=wrong")
            head = await client.head(dashboard.url)
            first = await client.get(dashboard.url)
            (cookie,) = first.headers.get_list("set-cookie")
            again = await client.get(dashboard.url)
            client.cookies.clear()
            other = await client.get(dashboard.url)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (403, False)
    assert "set-cookie" not in head.headers, "a look at the link does not use it up"
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
    assert dashboard.url.partition("?token=")[2] not in cookie
    assert again.status_code == 303, "the browser that has it may open the link again"
    assert (other.status_code, "works once" in other.text) == (403, True)


async def test_without_the_token_nothing_can_be_changed(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        dashboard = Dashboard(
            Journaled(tmp_path / "j.db", "mine"), handles=OwnJobs(numbered_from_0(factory_of(sdk).recovery.job))
        )
        async with served(dashboard) as client:
            await until_listed(client, 0)
            assert (await client.get("/api/about")).json()["control"] is False
            assert (await client.get("/api/jobs/0")).json()["actions"] == []
            assert (await client.post("/api/jobs/0/cancel")).status_code == 403
            client.cookies.set(f"qcaas_control_{client.base_url.port}", "guess")
            assert (await client.post("/api/jobs/0/cancel")).status_code == 403
        assert job.state is JobState.CREATED


async def test_a_request_of_another_page_is_refused_even_with_the_cookie(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        async with controlled(sdk, tmp_path / "j.db") as (client, _):
            await until_listed(client, 0)
            for origin in ("http://evil.example.org", "null", f"https://127.0.0.1:{client.base_url.port}0"):
                assert (await client.post("/api/jobs/0/cancel", headers={"Origin": origin})).status_code == 403
            del client.headers["Origin"]
            assert (await client.post("/api/jobs/0/cancel")).status_code == 403
            assert (await client.get("/api/jobs/0/cancel")).status_code == 405
        assert job.state is JobState.CREATED


async def test_cancel_and_run_again(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=BELL)
        async with controlled(sdk, tmp_path / "j.db") as (client, _):
            await until_listed(client, 0)
            assert (await client.get("/api/jobs/0")).json()["actions"] == ["resume", "cancel"]
            assert (await client.post("/api/jobs/0/cancel")).status_code == 200
            assert job.state is JobState.CANCELLED
            refused = await client.post("/api/jobs/0/cancel")
            assert (refused.status_code, refused.json()["error"]) == (
                409,
                "the state of the job does not allow this now",
            )
            assert (await client.post("/api/jobs/0/retry")).status_code == 200
            await until(job, JobState.COMPLETED)
            assert (await client.post("/api/jobs/0/retry")).status_code == 409, "what has completed is not run again"
            for path in ("/api/jobs/9/cancel", "/api/jobs/0/explode", "/api/jobs/0/__init__", "/api/jobs/0/submit"):
                assert (await client.post(path)).status_code == 409
            assert (await client.post("/api/jobs/x/cancel")).status_code == 404
        assert len(job.history) == 1


async def until(job: Job, state: JobState) -> None:
    async for transition in job.events():
        if transition.target is state:
            return


async def test_continue_submits_and_waits_and_says_what_went_wrong(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        fine, broken = sdk.create_job(program=BELL), sdk.create_job(program=BROKEN, check=False)
        async with controlled(sdk, tmp_path / "j.db") as (client, _):
            await until_listed(client, 1)
            for number in (0, 1):
                assert (await client.post(f"/api/jobs/{number}/resume")).status_code == 200
            await until(fine, JobState.COMPLETED)
            await until(broken, JobState.FAILED)


async def test_a_trigger_of_an_own_chart_answers_its_question(tmp_path: Path) -> None:
    from qcaas_sdk.testing import SimulatedCloud

    chart = tmp_path / "approved.yaml"
    chart.write_text(
        "name: approved_job\nsummary: A job that somebody approves.\nversion: 1\nextends: job\nstates:\n"
        "  - {name: approved, summary: It may be submitted., within: created}\n"
        "guards:\n  - {trigger: submit, guard: is_approved, summary: It is approved.}\n"
        "transitions:\n  - {trigger: approve, source: created, target: approved, summary: You have approved it.}\n"
    )
    from qcaas_sdk import JobCallbacks

    cloud = SimulatedCloud()
    callbacks = JobCallbacks(guards={"is_approved": lambda job: job.place == "approved"})
    async with OqcSdk(
        cloud.url,
        cloud.token,
        default_qpu_id="qpu:sim:1",
        http_transport=cloud.transport,
        journal=tmp_path / "j.db",
        job_chart=chart,
        callbacks=callbacks,
    ) as sdk:
        job = sdk.create_job(program=BELL)
        async with controlled(sdk, tmp_path / "j.db") as (client, _):
            await until_listed(client, 0)
            assert (await client.get("/api/jobs/0")).json()["actions"] == ["approve", "resume", "cancel"]
            assert (await client.post("/api/jobs/0/approve")).status_code == 200
            assert job.place == "approved"


async def test_a_job_of_another_process_is_not_changed_and_the_page_says_whose_it_is(tmp_path: Path) -> None:
    async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=60),)), journal=tmp_path / "j.db") as owner:
        job = owner.create_job(program=BELL)
        campaign = opened(str(tmp_path / "j.db"))
        handles = JournalHandles(campaign, Connection(None))
        dashboard = Dashboard(Journaled(campaign.path, "mine"), handles=handles)
        async with served(dashboard) as client:
            await client.get(dashboard.url)
            await until_listed(client, 0)
            shown = (await client.get("/api/jobs/0")).json()
            answer = await client.post("/api/jobs/0/cancel")
        assert (shown["actions"], answer.status_code) == ([], 409)
        for told in (shown["held"], answer.json()["error"]):
            assert f"another process works on {campaign.name}" in told
        assert job.state is JobState.CREATED


async def test_a_journal_that_is_free_is_opened_by_the_first_change_and_no_earlier(tmp_path: Path) -> None:
    async with OqcSdk.local(journal=tmp_path / "j.db") as owner:
        owner.create_job(program=BELL)
    campaign: Campaign = opened(str(tmp_path / "j.db"))
    handles = JournalHandles(campaign, Connection(None))
    dashboard = Dashboard(Journaled(campaign.path, "mine"), handles=handles)
    async with served(dashboard) as client:
        await client.get(dashboard.url)
        await until_listed(client, 0)
        assert (await client.get("/api/jobs/0")).json()["actions"] == ["resume", "cancel"]
        assert not campaign.in_use, "a look opens nothing"
        assert (await client.post("/api/jobs/0/cancel")).status_code == 200
        assert campaign.in_use
        await handles.close()
    assert not campaign.in_use
    assert opened(str(tmp_path / "j.db")).state.jobs[1].state is JobState.CANCELLED
