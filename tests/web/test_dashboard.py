"""`sdk.dashboard()`: the page of the SDK in this process."""

import asyncio
import gc
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest

from qcaas_sdk import InvalidArgument, JobState, NotInThisApi, OqcSdk, SdkNotOpen, WrongEventLoop
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.estimates import Estimates
from tests.support.programs import BELL
from tests.web.conftest import events, served


async def figures_of(dashboard: Dashboard) -> dict[str, Any]:
    """What a browser knows after all jobs have ended."""
    known: dict[str, Any] = {"rows": {}}
    async with served(dashboard) as client, client.stream("GET", "/api/events") as stream:
        async for event in events(stream):
            for row in event.data.pop("rows", ()):
                known["rows"][row[0]] = row
            known |= event.data
            counts = known.get("counts", [])
            if "figures" in event.data and 0 < sum(counts) == sum(counts[3:]) == event.data["figures"]["runs"]:
                return known
    raise AssertionError("the stream has ended")


@pytest.mark.parametrize("journal", [None, "j.db"])
async def test_it_shows_the_jobs_of_this_process(tmp_path: Path, journal: str | None) -> None:
    async with OqcSdk.local(journal=None if journal is None else tmp_path / journal) as sdk:
        dashboard = sdk.dashboard()
        assert dashboard.is_local
        composite = sdk.create_job(program=[BELL] * 3, tag="all")
        job = sdk.create_job(program=BELL, tag="one")
        await asyncio.gather(composite.execute(), job.execute())
        known = await figures_of(dashboard)
        again = await figures_of(sdk.dashboard())
    assert sorted(row[3] for row in known["rows"].values()) == ["all", "all", "all", "one"]
    assert known["counts"] == [0, 0, 0, 4, 0, 0]
    assert known["figures"]["requests"] > 4
    assert known["service"]
    assert again["rows"].keys() == known["rows"].keys(), "a second page shows the same jobs"


@pytest.mark.parametrize("journal", [None, "j.db"])
async def test_it_changes_jobs_with_control_and_only_then(tmp_path: Path, journal: str | None) -> None:
    async with OqcSdk.local(journal=None if journal is None else tmp_path / journal) as sdk:
        dashboard, plain = sdk.dashboard(control=True), sdk.dashboard()
        assert "token" not in plain.url + repr(dashboard) + dashboard._repr_html_()
        assert f'href="{plain.url}"' in plain._repr_html_()
        job = sdk.create_job(program=BELL)
        number = 0
        async with served(dashboard) as client, served(plain) as other:
            await client.get(dashboard.url)
            while (await client.get(f"/api/jobs/{number}")).status_code == 404:
                await asyncio.sleep(0)
            assert (await other.post(f"/api/jobs/{number}/cancel")).status_code == 403
            assert job.state is JobState.CREATED
            assert (await client.post(f"/api/jobs/{number}/cancel")).status_code == 200
            assert job.state is JobState.CANCELLED, "it is the same job"


async def test_without_a_journal_it_shows_the_jobs_in_use_and_those_made_later() -> None:
    async with OqcSdk.local() as sdk:
        before = sdk.create_job(program=[BELL] * 2, tag="before")
        sdk.create_job(program=BELL, tag="dropped before")
        gc.collect()
        dashboard = sdk.dashboard()
        sdk.create_job(program=BELL, tag="made later")
        gc.collect()
        async with served(dashboard) as client, client.stream("GET", "/api/events") as stream:
            rows: dict[int, list[Any]] = {}
            async for event in events(stream):
                rows |= {row[0]: row for row in event.data.get("rows", ())}
                if len(rows) >= 3:
                    break
            composites = (await client.get("/api/composites")).json()
        assert [rows[number][3] for number in sorted(rows)] == ["before", "before", "made later"]
        assert len(composites) == 1
        await before.cancel()


@pytest.mark.parametrize("journal", [None, "j.db"])
async def test_a_closed_page_keeps_nothing(tmp_path: Path, journal: str | None) -> None:
    async def used(sdk: OqcSdk) -> tuple["WeakSet[Any]", "WeakSet[Any]"]:
        pages = [sdk.dashboard(), sdk.dashboard(control=True)]
        composite = sdk.create_job(program=[BELL] * 2)
        await composite.execute()
        for page in pages:
            async with served(page) as client:
                assert (await client.get("/api/composites")).status_code == 200
        return WeakSet(pages), WeakSet([composite, *composite.leaves()])

    async with OqcSdk.local(journal=None if journal is None else tmp_path / journal) as sdk:
        pages, jobs = await used(sdk)
        later = sdk.create_job(program=BELL)
        jobs |= {later}
        del later
        for _ in range(10):
            await asyncio.sleep(0)
        gc.collect()
        assert not list(jobs), "they are not shown any more"
        assert not list(pages)


async def test_it_shows_what_the_service_says_about_its_queue() -> None:
    async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(queue_delay_s=60),))) as sdk:
        dashboard = sdk.dashboard()
        composite = sdk.create_job(program=[BELL] * 3)
        await composite.submit()
        async with served(dashboard) as client, client.stream("GET", "/api/events") as stream:
            async for event in events(stream):
                qpus = event.data.get("figures", {}).get("qpus", [])
                if qpus and qpus[0]["before"] is not None:
                    break
        assert (qpus[0]["waiting"], qpus[0]["before"]) == (3, 3)
        assert qpus[0]["starts_in_s"] > 0


async def test_a_service_without_estimates_is_asked_seldom() -> None:
    class Clock(SystemClock):
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    asked = []

    async def ask(qpu_id: str) -> WaitEstimate:
        asked.append(qpu_id)
        raise NotInThisApi("no estimates", api="v4")

    clock = Clock()
    estimates = Estimates(ask, clock)
    for Clock.now in (0.0, 1.0, 29.0, 31.0):
        await estimates.ask("a")
    await estimates.ask("b")
    assert asked == ["a", "a", "b"]
    assert estimates.known == {}


async def test_it_is_closed_with_the_sdk() -> None:
    async with OqcSdk.local() as sdk:
        dashboard = sdk.dashboard()
        port = int(dashboard.url.split(":")[2].rstrip("/"))
    async with OqcSdk.local() as sdk:
        sdk.dashboard(port=port).close()


async def test_what_it_refuses() -> None:
    sdk = OqcSdk.local()
    with pytest.raises(SdkNotOpen, match=r"dashboard\(\) needs an open SDK"):
        sdk.dashboard()
    async with sdk:
        for wrong in ({"port": -1}, {"port": 70000}, {"host": ""}, {"control": "yes"}):
            with pytest.raises(InvalidArgument):
                sdk.dashboard(**wrong)  # type: ignore[arg-type]  # that is the test


def test_it_needs_the_loop_of_the_sdk() -> None:
    sdk = OqcSdk.local()
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(sdk.open())
        with pytest.raises(WrongEventLoop, match="call it inside a coroutine"):
            sdk.dashboard()
        loop.run_until_complete(sdk.close())
    finally:
        loop.close()


def test_it_can_be_closed_from_another_thread(tmp_path: Path) -> None:
    with OqcSdk.sync.local(journal=tmp_path / "j.db") as sdk:
        dashboard = sdk.dashboard()
        sdk.create_job(program=BELL).execute()
        with urllib.request.urlopen(f"{dashboard.url}api/about") as answer:
            assert answer.status == 200
        dashboard.close()
        sdk.create_job(program=BELL).execute()  # what comes after it in that loop
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{dashboard.url}api/about")
