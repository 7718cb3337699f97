"""What happens to tasks in time: the queue, its delays and windows, cancellation, estimates."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from qcaas_sdk.local import DEFAULT_QPU_ID, LocalQpu, LocalSettings, Window
from tests.local.service import BELL, VirtualClock, service, slow_program

pytestmark = pytest.mark.slow

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def one_qpu(**behaviour: object) -> LocalSettings:
    return LocalSettings(qpus=(LocalQpu(**behaviour),))  # type: ignore[arg-type]  # any field of the QPU


async def test_a_queue_delay_is_waited_out_once_for_tasks_that_came_together() -> None:
    clock = VirtualClock()
    async with service(one_qpu(queue_delay_s=100), clock=clock) as local:
        ids = await local.submit(BELL, BELL, BELL)
        for task_id in ids:
            await local.until(task_id, "COMPLETED")
        assert clock.now == pytest.approx(100)


async def test_a_run_takes_its_time_for_each_shot() -> None:
    clock = VirtualClock()
    async with service(one_qpu(seconds_per_shot=0.01), clock=clock) as local:
        await local.run(BELL)
        assert clock.now == pytest.approx(10)  # 1000 shots
        await local.run(BELL)
        assert clock.now == pytest.approx(20)


async def test_tasks_wait_for_a_window() -> None:
    clock = VirtualClock()
    window = Window(NEW_YEAR + timedelta(hours=9), NEW_YEAR + timedelta(hours=10), "morning")
    async with service(one_qpu(windows=(window,)), clock=clock) as local:
        assert await local.get("/windows/next") == {"next_window": {"starting": "2026-01-01T09:00:00Z"}}
        (estimate,) = (await local.post("/monitoring/qpu_wait_time", {"targets": [DEFAULT_QPU_ID]})).json()[
            "qpu_wait_times"
        ]
        assert estimate["estimated_availability_time"] == "2026-01-01T09:00:00Z"
        assert estimate["windows"] == [
            {
                "start_time": "2026-01-01T09:00:00Z",
                "end_time": "2026-01-01T10:00:00Z",
                "window_description": "morning",
            }
        ]
        info = await local.run(BELL)
        assert info["timings"]["running"] == "2026-01-01T09:00:00Z"
        assert await local.get("/windows/next") == {}


async def test_after_the_last_window_tasks_stay_submitted_and_can_be_cancelled() -> None:
    window = Window(NEW_YEAR - timedelta(hours=2), NEW_YEAR - timedelta(hours=1))
    async with service(one_qpu(windows=(window,)), clock=VirtualClock()) as local:
        (task_id,) = await local.submit(BELL)
        for _ in range(20):
            await asyncio.sleep(0)
        assert await local.status(task_id) == "SUBMITTED"
        await local.post("/tasks/cancel_many", {"tasks": [task_id]})
        assert await local.status(task_id) == "CANCELLED"


def test_a_window_needs_a_time_zone_and_a_length() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Window(datetime(2026, 1, 1), datetime(2026, 1, 2))
    with pytest.raises(ValueError, match="must end after"):
        Window(NEW_YEAR, NEW_YEAR)


async def test_a_queued_task_is_cancelled_and_its_successor_runs() -> None:
    clock = VirtualClock()
    async with service(one_qpu(queue_delay_s=10), clock=clock) as local:
        first, second = await local.submit(BELL, BELL)
        answer = await local.post("/tasks/cancel_many", {"tasks": [first]})
        assert (answer.status_code, answer.json()) == (200, "OK")
        assert await local.status(first) == "CANCELLED"
        await local.until(second, "COMPLETED")
        assert (await local.get(f"/tasks/{first}/results"))["results"] is None
        assert "running" not in (await local.get(f"/tasks/{first}/timings"))["timings"]


async def test_a_running_task_is_cancelled_and_its_work_really_stops() -> None:
    async with service() as local:
        (heavy,) = await local.submit(slow_program())
        await local.until(heavy, "RUNNING")
        await asyncio.sleep(0.2)
        asked = time.monotonic()
        await local.post("/tasks/cancel_many", {"tasks": [heavy]})
        assert await local.status(heavy) == "CANCELLED"
        assert (await local.run(BELL))["status"] == "COMPLETED"
        assert time.monotonic() - asked < 15  # the heavy program itself would take minutes
        assert await local.status(heavy) == "CANCELLED"
        assert (await local.get(f"/tasks/{heavy}/results"))["results"] is None


async def test_a_cancel_that_comes_too_late_changes_nothing() -> None:
    async with service() as local:
        info = await local.run(BELL)
        await local.post("/tasks/cancel_many", {"tasks": [info["id"]]})
        assert await local.get(f"/tasks/{info['id']}/all_info") == info


async def test_a_reservation_can_be_cancelled_and_then_takes_no_program() -> None:
    async with service() as local:
        (task_id,) = await local.reserve()
        await local.post("/tasks/cancel_many", {"tasks": [task_id]})
        assert await local.status(task_id) == "CANCELLED"
        task = {"program": BELL, "qpu_id": DEFAULT_QPU_ID, "task_id": task_id}
        assert (await local.post("/tasks/submit", {"tasks": [task]})).status_code == 409


async def test_estimates_follow_the_queue_and_the_measured_time() -> None:
    clock = VirtualClock()
    async with service(one_qpu(seconds_per_shot=0.01), clock=clock) as local:
        await local.run(BELL)  # which takes 10 s
        ids = await local.submit(BELL, BELL, BELL)
        answer = await local.post("/monitoring/task_wait_time", {"task_ids": ids, "qpu_id": DEFAULT_QPU_ID})
        waits = answer.json()["task_wait_times"]
        assert [entry["position_in_queue"] for entry in waits] == [0, 1, 2]
        now = clock.wall()
        ahead = [datetime.fromisoformat(entry["estimated_start_time"]) - now for entry in waits]
        assert [wait.total_seconds() for wait in ahead] == pytest.approx([0, 10, 20], abs=0.1)
        (qpu,) = (await local.post("/monitoring/qpu_wait_time", {"targets": [DEFAULT_QPU_ID]})).json()[
            "qpu_wait_times"
        ]
        assert qpu["tasks_in_queue"] == 3
        await local.until(ids[-1], "COMPLETED")


async def test_a_seed_makes_counts_repeat_in_the_order_of_submission() -> None:
    async def counts(seed: int | None) -> list[object]:
        async with service(LocalSettings(seed=seed)) as local:
            ids = await local.submit(BELL, BELL)
            await local.until(ids[-1], "COMPLETED")
            return [(await local.get(f"/tasks/{task_id}/results"))["results"] for task_id in ids]

    first = await counts(7)
    assert first == await counts(7)
    assert first[0] != first[1]
    assert first != await counts(8)


async def test_two_qpus_keep_two_queues() -> None:
    settings = LocalSettings(qpus=(LocalQpu(id="a", queue_delay_s=1000), LocalQpu(id="b")))
    async with service(settings) as local:
        (slow,) = await local.submit(BELL, qpu_id="a")
        assert (await local.run(BELL, qpu_id="b"))["status"] == "COMPLETED"
        assert await local.status(slow) == "SUBMITTED"


async def test_closing_cancels_what_waits_and_what_runs_and_is_quick() -> None:
    async with service() as local:
        heavy, waiting = await local.submit(slow_program(), BELL)
        await local.until(heavy, "RUNNING")
        started = time.monotonic()
        await local.cloud.close()
        assert time.monotonic() - started < 5
        assert [await local.status(task_id) for task_id in (heavy, waiting)] == ["CANCELLED", "CANCELLED"]
        await local.cloud.close()


async def test_the_event_loop_goes_on_during_a_heavy_run() -> None:
    async with service() as local:
        (heavy,) = await local.submit(slow_program())
        await local.until(heavy, "RUNNING")
        pauses: list[float] = []
        last = time.monotonic()
        while sum(pauses) < 1.0:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            pauses.append(now - last)
            last = now
        assert await local.status(heavy) == "RUNNING"
        # The simulator may use every core, so the bound is generous; a blocked loop would have paused for all of it.
        assert max(pauses) < 0.5
        await local.post("/tasks/cancel_many", {"tasks": [heavy]})


async def test_a_client_that_asks_without_a_pause_does_not_starve_the_simulator() -> None:
    async with service() as local:
        (task_id,) = await local.submit(BELL)
        give_up = time.monotonic() + 30
        while await local.status(task_id) != "COMPLETED":
            assert time.monotonic() < give_up


async def test_a_simulation_over_its_time_limit_is_stopped_and_fails() -> None:
    async with service(LocalSettings(time_limit_s=1.5)) as local:
        assert (await local.run(BELL))["status"] == "COMPLETED"
        info = await local.run(slow_program())
        assert info["status"] == "FAILED"
        assert info["task_error"] == {
            "error_code": 204,
            "error_message": "the program took longer than 1.5 s and was stopped: make it shorter, or raise the "
            "limit with LocalSettings(time_limit_s=...) or `qcaas serve --time-limit`",
        }


async def test_a_program_without_end_lets_later_tasks_of_its_qpu_run() -> None:
    endless = """OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c;
    c[0] = measure q[0]; while (!c[0]) { c[0] = measure q[0]; } c[0] = measure q[0];"""
    async with service() as local:
        (first,) = await local.submit(endless)
        later = await local.submit(BELL, BELL)
        for task_id in later:
            assert await local.until(task_id, "COMPLETED", "FAILED") == "COMPLETED"
        assert await local.status(first) == "RUNNING"
        await local.post("/tasks/cancel_many", {"tasks": [first]})
        assert (await local.run(BELL))["status"] == "COMPLETED"
        assert await local.status(first) == "CANCELLED"
