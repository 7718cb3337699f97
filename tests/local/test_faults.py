"""Faults on purpose, in process."""

import pytest

from qcaas_sdk.local import DEFAULT_QPU_ID, ConnectionDropped, FaultKind, LocalFault, LocalSettings
from tests.local.service import VirtualClock, service

RESERVE = {"qpu_id": DEFAULT_QPU_ID, "task_count": 1, "tag": None}


def faulty(*faults: LocalFault, seed: int = 1) -> LocalSettings:
    return LocalSettings(faults=faults, seed=seed)


@pytest.mark.parametrize(("kind", "acted"), [(FaultKind.DROP_BEFORE, 0), (FaultKind.DROP_AFTER, 1)])
async def test_a_dropped_connection_before_and_after_acting(kind: FaultKind, acted: int) -> None:
    async with service(faulty(LocalFault(kind, on="POST /tasks", nth=0))) as local:
        with pytest.raises(ConnectionDropped):
            await local.post("/tasks", RESERVE)
        assert len(await local.get("/tasks")) == acted
        await local.reserve()
        assert len(await local.get("/tasks")) == acted + 1


async def test_an_error_status_with_and_without_retry_after() -> None:
    faults = (LocalFault(FaultKind.STATUS, nth=0, status=429, retry_after_s=2), LocalFault(FaultKind.STATUS, nth=1))
    async with service(faulty(*faults)) as local:
        first, second = await local.post("/tasks", RESERVE), await local.post("/tasks", RESERVE)
        assert (first.status_code, first.headers["retry-after"]) == (429, "2")
        assert (second.status_code, "retry-after" in second.headers) == (503, False)
        assert second.json()["response"]["errors"]
        assert await local.get("/tasks") == []


async def test_a_page_for_people() -> None:
    async with service(faulty(LocalFault(FaultKind.HTML, status=502))) as local:
        answer = await local.http.get("/admin/version")
        assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")


async def test_a_truncated_answer_after_acting() -> None:
    async with service(faulty(LocalFault(FaultKind.TRUNCATED, on="POST /tasks", nth=0))) as local:
        answer = await local.post("/tasks", RESERVE)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
        assert len(await local.get("/tasks")) == 1


async def test_a_slow_answer() -> None:
    clock = VirtualClock()
    async with service(faulty(LocalFault(FaultKind.SLOW, on="/admin/version", delay_s=20)), clock=clock) as local:
        assert "version" in await local.get("/admin/version")
        assert clock.slept == [20]


async def test_a_fraction_of_the_requests_the_same_ones_for_the_same_seed() -> None:
    async def statuses(seed: int) -> list[int]:
        async with service(faulty(LocalFault(FaultKind.STATUS, probability=0.3), seed=seed)) as local:
            return [(await local.http.get("/admin/version")).status_code for _ in range(200)]

    first = await statuses(3)
    assert 30 < first.count(503) < 90
    assert first == await statuses(3)
    assert first != await statuses(4)


async def test_the_first_fault_that_strikes_is_taken() -> None:
    faults = (LocalFault(FaultKind.STATUS, nth=1, status=500), LocalFault(FaultKind.HTML, status=502))
    async with service(faulty(*faults)) as local:
        codes = [(await local.http.get("/admin/version")).status_code for _ in range(3)]
        assert codes == [502, 500, 502]


def test_a_fraction_is_between_0_and_1() -> None:
    with pytest.raises(ValueError, match="probability"):
        LocalFault(FaultKind.SLOW, probability=1.5)
