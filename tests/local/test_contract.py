"""The REST contract, call by call."""

import json

import httpx
import pytest
from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk.local import DEFAULT_QPU_ID, DuplicateSubmission, LocalQpu, LocalSettings
from tests.local.service import BELL, VirtualClock, client, service

TWO_QPUS = LocalSettings(qpus=(LocalQpu(), LocalQpu(id="qpu:local:2:off", name="Off", active=False)))


def errors(answer: httpx.Response) -> list[str]:
    found: list[str] = answer.json()["response"]["errors"]
    return found


async def test_the_version_is_open_to_all() -> None:
    async with service(token="") as local:
        assert "local" in (await local.get("/admin/version"))["version"]


async def test_the_list_of_qpus_names_the_url_that_was_called() -> None:
    async with service(TWO_QPUS) as local:
        listing = await local.get("/admin/qpu", per_page="1000")
        assert listing["total"] == 2
        assert [(item["id"], item["active"], item["url"]) for item in listing["items"]] == [
            (DEFAULT_QPU_ID, True, "http://qpu.test:1234"),
            ("qpu:local:2:off", False, "http://qpu.test:1234"),
        ]


async def test_the_features_of_a_qpu_are_a_json_string() -> None:
    async with service() as local:
        item = await local.get(f"/admin/qpu/{DEFAULT_QPU_ID}")
        assert json.loads(item["feature_set"])["qubits"] == 32


async def test_a_run_from_reservation_to_counts() -> None:
    async with service() as local:
        (task_id,) = await local.reserve()
        assert await local.status(task_id) == "CREATED"
        assert await local.submit(BELL, task_id=task_id, tag="mine") == [task_id]
        await local.until(task_id, "COMPLETED")

        info = await local.get(f"/tasks/{task_id}/all_info")
        assert info["id"] == task_id
        assert info["qpu_id"] == DEFAULT_QPU_ID
        assert info["tag"] == "mine"
        assert set(info["results"]) == {"c"}
        assert set(info["results"]["c"]) <= {"00", "11"}
        assert sum(info["results"]["c"].values()) == 1000
        assert info["task_error"] is None
        assert list(info["timings"]) == ["created", "submitted", "running", "completed"]
        assert list(info["timings"].values()) == sorted(info["timings"].values())
        assert info["execution_metadata"]["optimized_instruction_count"] == 4
        assert "OPENQASM 2.0" in info["execution_metadata"]["optimized_circuit"]
        assert info["metadata"]["created_at"] == info["created_at"]

        for aspect, field in {
            "results": "results",
            "error": "task_error",
            "timings": "timings",
            "execution_metadata": "execution_metadata",
            "metadata": "metadata",
        }.items():
            assert await local.get(f"/tasks/{task_id}/{aspect}") == {field: info[field]}


async def test_tasks_are_submitted_and_run_in_order() -> None:
    async with service() as local:
        ids = await local.submit(*(BELL for _ in range(5)))
        await local.until(ids[-1], "COMPLETED")
        starts = [(await local.get(f"/tasks/{task_id}/timings"))["timings"]["running"] for task_id in ids]
        assert starts == sorted(starts)
        assert [await local.status(task_id) for task_id in ids] == ["COMPLETED"] * 5


@pytest.mark.parametrize(
    ("answer", "status"),
    [(DuplicateSubmission.CONFLICT, 409), (DuplicateSubmission.REFUSE, 400), (DuplicateSubmission.IGNORE, 200)],
)
async def test_a_task_submitted_twice_runs_once(answer: DuplicateSubmission, status: int) -> None:
    async with service(LocalSettings(duplicate_submission=answer)) as local:
        (task_id,) = await local.reserve()
        await local.submit(BELL, task_id=task_id)
        await local.until(task_id, "COMPLETED")
        before = await local.get(f"/tasks/{task_id}/all_info")
        again = await local.post(
            "/tasks/submit", {"tasks": [{"program": BELL, "qpu_id": DEFAULT_QPU_ID, "task_id": task_id}]}
        )
        assert again.status_code == status
        assert status == 200 or task_id in errors(again)[0]
        assert await local.get(f"/tasks/{task_id}/all_info") == before


async def test_one_bad_entry_refuses_the_whole_submission() -> None:
    async with service() as local:
        (task_id,) = await local.reserve()
        tasks = [
            {"program": BELL, "qpu_id": DEFAULT_QPU_ID, "task_id": task_id},
            {"program": BELL, "qpu_id": DEFAULT_QPU_ID, "task_id": "nobody's"},
        ]
        answer = await local.post("/tasks/submit", {"tasks": tasks})
        assert answer.status_code == 404
        assert "nobody's" in errors(answer)[0]
        assert await local.status(task_id) == "CREATED"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/tasks/submit", {"POST"}), ("/tasks", {"GET", "HEAD", "POST"}), ("/admin/qpu", {"GET", "HEAD"})],
)
async def test_a_wrong_method_is_told_the_right_ones(path: str, allowed: set[str]) -> None:
    async with service() as local:
        answer = await local.http.request("DELETE", path)
        assert answer.status_code == 405
        assert errors(answer) == [f"DELETE {path}: Method Not Allowed"]
        assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("path", "body", "status", "part"),
    [
        ("/tasks", {"qpu_id": "qpu:nowhere", "task_count": 1}, 404, "qpu:nowhere"),
        ("/tasks", {"qpu_id": "qpu:local:2:off", "task_count": 1}, 400, "not active"),
        ("/tasks", {"qpu_id": DEFAULT_QPU_ID, "task_count": 0}, 400, "task_count"),
        ("/tasks", ["no", "object"], 400, "object"),
        ("/tasks/submit", {"tasks": []}, 400, "tasks"),
        ("/tasks/submit", {"tasks": [{"qpu_id": DEFAULT_QPU_ID, "program": 3}]}, 400, "program"),
        ("/tasks/submit", {"tasks": [{"qpu_id": "qpu:local:2:off", "program": BELL}]}, 400, "not active"),
        ("/tasks/cancel_many", {"tasks": ["nobody's"]}, 404, "nobody's"),
        ("/monitoring/qpu_wait_time", {"targets": ["qpu:nowhere"]}, 404, "qpu:nowhere"),
        ("/no/such/call", {}, 404, "/no/such/call"),
    ],
)
async def test_a_refusal_says_what_is_wrong(path: str, body: object, status: int, part: str) -> None:
    async with service(TWO_QPUS) as local:
        answer = await local.post(path, body)
        assert answer.status_code == status
        assert part in errors(answer)[0]


async def test_a_body_that_is_not_json_is_refused() -> None:
    async with service() as local:
        answer = await local.http.post("/tasks", content=b"{nothing")
        assert answer.status_code == 400
        assert "not valid JSON" in errors(answer)[0]


async def test_a_request_over_128_kib_is_refused_headers_included() -> None:
    async with service() as local:
        (task_id,) = await local.reserve()
        task = {"program": "", "qpu_id": DEFAULT_QPU_ID, "task_id": task_id}
        empty = len(json.dumps({"tasks": [task]}, separators=(",", ":")))
        task["program"] = "x" * (128 * 1024 - empty)
        answer = await local.post("/tasks/submit", {"tasks": [task]})
        assert answer.status_code == 413
        assert "131072" in errors(answer)[0]
        assert await local.status(task_id) == "CREATED"


async def test_tasks_are_listed_by_time() -> None:
    clock = VirtualClock()
    async with service(clock=clock) as local:
        (old,) = await local.reserve()
        clock.now += 3600
        (new,) = await local.reserve()
        everything = await local.get("/tasks")
        assert [task["task_id"] for task in everything] == [old, new]
        assert everything[0]["status"] == "CREATED"
        later = await local.get("/tasks", start_date="2026-01-01 00:30:00", end_date="2026-01-02T00:00:00Z")
        assert [task["task_id"] for task in later] == [new]
        assert (await local.http.get("/tasks?start_date=2026-01-01T02:00:00 01:00")).json()[0]["task_id"] == new
        assert (await local.http.get("/tasks?start_date=soon")).status_code == 400


async def test_a_reservation_expires_when_the_settings_give_it_a_life() -> None:
    clock = VirtualClock()
    async with service(LocalSettings(reservation_life_s=60), clock=clock) as local:
        (task_id,) = await local.reserve()
        clock.now += 59
        assert await local.status(task_id) == "CREATED"
        clock.now += 1
        assert await local.status(task_id) == "EXPIRED"
        task = {"program": BELL, "qpu_id": DEFAULT_QPU_ID, "task_id": task_id}
        answer = await local.post("/tasks/submit", {"tasks": [task]})
        assert answer.status_code == 409
        assert "EXPIRED" in errors(answer)[0]


async def test_calibration_and_status() -> None:
    async with service(TWO_QPUS, clock=VirtualClock()) as local:
        today = await local.get("/monitoring/calibrations", qpu_id=DEFAULT_QPU_ID)
        assert (today["qpu_id"], today["date"]) == (DEFAULT_QPU_ID, "2026-01-01")
        assert (await local.get("/monitoring/calibrations", qpu_id=DEFAULT_QPU_ID, date="2025-02-03"))[
            "date"
        ] == "2025-02-03"
        bad = await local.http.get("/monitoring/calibrations", params={"qpu_id": DEFAULT_QPU_ID, "date": "3.2."})
        assert bad.status_code == 400
        statuses = await local.get("/monitoring/statuses")
        assert [entry["status"] for entry in statuses] == ["ACTIVE", "INACTIVE"]


@pytest.mark.parametrize("path", ["/admin/qpu", "/tasks", "/monitoring/statuses", "/windows/next"])
async def test_every_other_call_wants_a_token(path: str) -> None:
    async with service(LocalSettings(token="right", expired_tokens=("old",))) as local:
        for token in ("", "wrong"):
            answer = await client(local.cloud.app, token).get(path)
            assert answer.status_code == 401
            assert "Authentication-Token" in errors(answer)[0]
        expired = await client(local.cloud.app, "old").get(path)
        assert expired.status_code == 401
        assert "expired" in expired.json()["detail"]
        assert (await client(local.cloud.app, "right").get(path)).status_code == 200


async def test_a_login_gives_a_token_that_may_expire() -> None:
    clock = VirtualClock()
    settings = LocalSettings(token="other", email="a@b.example", password="secret", token_life_s=60)
    async with service(settings, clock=clock, token="") as local:
        assert (await local.post("/admin/logout", {})).status_code == 200
        account = {"email": "a@b.example", "password": "wrong"}
        refused = await local.post("/admin/login?include_auth_token=true", account)
        assert refused.status_code == 401
        answer = await local.post("/admin/login?include_auth_token=true", {**account, "password": "secret"})
        token = answer.json()["response"]["user"]["authentication_token"]
        http = client(local.cloud.app, token)
        assert (await http.get("/admin/qpu")).status_code == 200
        clock.now += 60
        assert "expired" in (await http.get("/admin/qpu")).json()["detail"]


def test_settings_show_no_secret() -> None:
    settings = LocalSettings(token="hush-1", expired_tokens=("hush-2",), email="hush-3", password="hush-4")
    assert "hush" not in repr(settings)


async def test_the_config_of_a_task_is_obeyed() -> None:
    config = CompilerConfig(repeats=50, results_format=QuantumResultsFormat().binary_count()).to_json()
    async with service() as local:
        info = await local.run(BELL, config=config)
        assert sum(info["results"]["c"].values()) == 50
        assert info["execution_metadata"]["shots"] == 50
        assert info["metadata"]["config"] == config
