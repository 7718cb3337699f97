"""The embedded QPU as a transport of httpx, and as the transport of an SDK."""

from pathlib import Path

import httpx
import pytest

from qcaas_sdk import JobState, JournalError, MissingExtra, OqcSdk
from qcaas_sdk._journal import EMBEDDED_URL, read_journal, service_name
from qcaas_sdk.local import DEFAULT_QPU_ID, LocalQpu, LocalSettings
from qcaas_sdk.local.transport import LocalTransport
from tests.local.service import BELL

SLOW = LocalSettings(qpus=(LocalQpu(queue_delay_s=600.0),))


async def queued(http: httpx.AsyncClient) -> int:
    answer = await http.post("/monitoring/qpu_wait_time", json={"targets": [DEFAULT_QPU_ID]})
    count: int = answer.json()["qpu_wait_times"][0]["tasks_in_queue"]
    return count


async def test_after_a_close_it_starts_again_with_empty_queues() -> None:
    transport = LocalTransport(SLOW)
    http = httpx.AsyncClient(transport=transport, base_url=EMBEDDED_URL, headers={"Authentication-Token": "any"})
    for _ in range(2):
        assert await queued(http) == 0
        body = {"tasks": [{"qpu_id": DEFAULT_QPU_ID, "program": BELL}]}
        assert (await http.post("/tasks/submit", json=body)).status_code == 200
        assert await queued(http) == 1
        await transport.aclose()
        await transport.aclose()


def test_a_missing_extra_is_reported_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk.local.simulator.engines.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[local\]"):
        LocalTransport(LocalSettings())
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[local\]"):
        OqcSdk.local()


async def test_its_journals_carry_the_name_that_they_always_had(tmp_path: Path) -> None:
    journal = tmp_path / "jobs.db"
    async with OqcSdk.local(journal=journal) as sdk:
        await sdk.create_job(program=BELL).execute()
    assert read_journal(journal).service == "embedded"
    async with OqcSdk.local(journal=journal) as sdk:
        (job,) = sdk.recover(all=True)
        assert job.state is JobState.COMPLETED
    with pytest.raises(JournalError, match="belongs to embedded"):
        await OqcSdk("https://cloud.example.org", "token", journal=journal).open()


@pytest.mark.parametrize(
    "url", ["http://localhost", "https://embedded-qpu.invalid:8000", "https://cloud.example.org"]
)
def test_every_other_service_is_called_by_its_url(url: str) -> None:
    assert service_name(url) == url
