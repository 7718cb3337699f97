"""A service that says odd things beside what counts: results are had, and one bad note stops no other."""

import json
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest
from compiler_config.config import CompilerConfig
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import BadAnswer, InactiveQpu, Job, JournalError, OqcSdk, ServerWarning
from qcaas_sdk.testing.time import VirtualClock, run_virtual
from tests.support.examples import scaled
from tests.support.odd_json import VALUES, as_text
from tests.support.programs import BELL

URL = "https://cloud.example.org"
GOOD = {"id": "qpu:1", "url": URL, "active": True}
FINE = {"status": "COMPLETED", "results": {"c": {"00": 1, "11": 1}}}


class Service:
    """Completes every task at once, and says of it what a test tells it to."""

    def __init__(self, info: bytes, qpus: bytes | None = None, ids: Any = None) -> None:
        self.info = info
        self.qpus = qpus or json.dumps({"items": [GOOD]}).encode()
        self.ids = ids
        self.submitted: list[str] = []
        self.reserved = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path.strip("/").split("/"):
            case "GET", ["admin", "version"]:
                return httpx.Response(200, json={"version": "3"})
            case "GET", ["admin", "qpu"]:
                return httpx.Response(200, content=self.qpus)
            case "POST", ["tasks"]:
                if self.ids is not None:
                    return httpx.Response(200, content=json.dumps(self.ids).encode())
                wanted = json.loads(request.content)["task_count"]
                self.reserved += wanted
                return httpx.Response(200, json=[f"task-{self.reserved - n}" for n in range(wanted)])
            case "POST", ["tasks", "submit"]:
                ids = [order["task_id"] for order in json.loads(request.content)["tasks"]]
                self.submitted += ids
                return httpx.Response(200, json=[{"task_id": id_} for id_ in ids])
            case "GET", ["tasks", _, "all_info"]:
                return httpx.Response(200, content=self.info)
            case "GET", ["tasks", _, _]:
                return httpx.Response(403, json={"detail": "not for you"})
        return httpx.Response(404)

    def sdk(self, **options: Any) -> OqcSdk:
        given = {"http_transport": httpx.MockTransport(self), "clock": VirtualClock(), "default_qpu_id": "qpu:1"}
        return OqcSdk(URL, "token-1234", **{**given, **options})


async def ran(service: Service, **options: Any) -> Job:
    """A job that ran, was saved and came back as it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ServerWarning)
        async with service.sdk() as sdk:
            job = sdk.create_job(program=BELL, **options)
            await job.wait(timeout_s=60)
            snapshot = job.to_snapshot()
            assert sdk.from_snapshot(json.loads(json.dumps(snapshot, allow_nan=False))).to_snapshot() == snapshot
            return job


DIAGNOSTICS = st.dictionaries(
    st.sampled_from(["task_error", "timings", "execution_metadata", "metadata", "tag", "config"]), VALUES, max_size=4
)


@settings(max_examples=scaled(60))
@given(DIAGNOSTICS, st.booleans())
def test_the_results_of_a_completed_task_are_reachable(odd: dict[str, Any], fetch: bool) -> None:
    job = run_virtual(ran(Service(as_text({**odd, **FINE}).encode()), fetch_diagnostics=fetch))
    assert job.result is not None
    assert job.result.counts() == {"00": 1, "11": 1}


@settings(max_examples=scaled(60))
@given(DIAGNOSTICS)
def test_a_failed_task_fails_whatever_else_is_said(odd: dict[str, Any]) -> None:
    job = run_virtual(ran(Service(as_text({"results": {"c": {}}, **odd, "status": "FAILED"}).encode())))
    assert job.error is not None
    assert job.error.error_message


@settings(max_examples=scaled(40))
@given(
    st.lists(VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "url", "active"], VALUES)), max_size=3)
)
def test_a_job_runs_on_a_qpu_that_is_listed_beside_odd_ones(others: list[Any]) -> None:
    qpus = as_text({"items": [*others, GOOD, *others]}).encode()
    assert run_virtual(ran(Service(json.dumps(FINE).encode(), qpus))).completed


@pytest.mark.parametrize(
    "other",
    [
        {"id": "qpu:2", "active": False},
        {"id": "qpu:2", "url": None, "active": False},
        {"id": "qpu:2", "url": URL, "active": True, "name": 5},
        {"id": "qpu:2", "url": URL, "active": 1},
        {"id": "qpu:2", "url": URL, "active": "true"},
        {"id": "qpu:2", "url": URL},
        {"id": 7, "url": URL, "active": True},
        {"id": "qpu:1", "url": "http://127.0.0.1:1", "active": False},
        {"id": "qpu:2", "url": URL, "active": True, "feature_set": "{{"},
        {"id": "qpu:2", "url": URL, "active": True, "feature_set": '{"max_shots": NaN}'},
        None,
    ],
)
def test_one_odd_entry_keeps_no_qpu_from_opening(other: Any) -> None:
    assert run_virtual(
        ran(Service(json.dumps(FINE).encode(), json.dumps({"items": [GOOD, other]}).encode()))
    ).completed


def test_a_qpu_that_is_listed_oddly_is_refused_with_the_reason() -> None:
    qpus = json.dumps({"items": [GOOD, {"id": "qpu:2", "url": URL, "active": 1}, {"id": "qpu:3", "active": True}]})

    async def scenario() -> None:
        with pytest.warns(ServerWarning, match=r"qpu:2 \(its active is not true or false\); qpu:3 \(its url is not"):
            sdk = await Service(b"", qpus.encode()).sdk().open()
        for qpu in ("qpu:2", "qpu:3"):
            with pytest.raises(
                InactiveQpu, match="cannot be used, because its entry in the service's list is not valid"
            ):
                sdk.create_job(program=BELL, qpu_id=qpu)
        await sdk.close()

    run_virtual(scenario())


@pytest.mark.parametrize(
    "results",
    ['{"c": {"00": NaN}}', '{"c": {"00": 1e999}}', '{"c": {"00": 1%s}}' % ("0" * 400), "[" * 200 + "]" * 200],
)
def test_results_that_cannot_be_kept_are_refused_and_the_job_stands(results: str, tmp_path: Path) -> None:
    service = Service(b'{"status": "COMPLETED", "results": ' + results.encode() + b"}")

    async def scenario() -> None:
        async with service.sdk(journal=tmp_path / "j.db") as sdk:
            job = sdk.create_job(program=BELL)
            with pytest.raises(BadAnswer, match="results"):
                await job.wait()
            assert job.state == "SUBMITTED"
            job.to_snapshot()
            service.info = json.dumps(FINE).encode()
            assert (await job.wait()).completed

    run_virtual(scenario())


@pytest.mark.parametrize("id_", ["", " ", "..", "a\r\nX-Evil: 1", "\ud800", "\u202e", "\x00", "a" * 70_000, 5, None])
def test_an_id_that_is_none_is_refused_before_anything_is_submitted(id_: Any, tmp_path: Path) -> None:
    service = Service(json.dumps(FINE).encode(), ids=[id_])

    async def scenario() -> None:
        async with service.sdk(journal=tmp_path / "j.db") as sdk:
            job = sdk.create_job(program=BELL)
            with pytest.raises(BadAnswer, match="reserved task ids"):
                await job.submit()
            service.ids = None
            assert (await sdk.create_job(program=BELL).execute()).one.ok
            assert (await job.execute()).one.ok

    run_virtual(scenario())
    assert len(service.submitted) == 2


class Fickle(CompilerConfig):  # type: ignore[misc]  # compiler-config has no types
    """A configuration that can be written only until it is told otherwise."""

    told: Any = None

    def to_json(self) -> str:
        """As told."""
        if self.told is not None:
            raise self.told
        return str(CompilerConfig(repeats=self.repeats).to_json())  # of a class that compiler-config has always known


@pytest.mark.parametrize("trouble", [RuntimeError("no"), TypeError("no"), RecursionError("no")])
def test_a_note_that_cannot_be_written_stops_its_own_job_alone(trouble: Exception, tmp_path: Path) -> None:
    service = Service(json.dumps(FINE).encode())
    file = tmp_path / "j.db"

    async def scenario() -> None:
        async with service.sdk(journal=file) as sdk:
            before, after = sdk.create_job(program=BELL), sdk.create_job(program=BELL)
            config = Fickle(repeats=5)
            bad = sdk.create_job(program=BELL, config=config)
            await before.submit()
            await bad.submit()
            config.told = trouble
            await bad.wait()  # its end cannot be written down
            assert bad.completed
            with pytest.raises(JournalError, match="cannot be written"):
                await bad.execute()
            assert bad.completed  # it gives up nothing for a run that cannot begin
            for job in (before, after, sdk.create_job(program=BELL)):
                assert (await job.execute()).one.ok
        assert len(service.submitted) == 4
        async with service.sdk(journal=file) as sdk:
            (alive,) = sdk.recover()  # as it was before its end: nothing of it is lost
            assert alive.state == "SUBMITTED"
            assert (await alive.wait()).completed
        assert len(service.submitted) == 4

    run_virtual(scenario())
