"""The server of the page: the stream, one job, who may see it. No browser is needed here."""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from qcaas_sdk import MissingExtra, OqcSdk, QcaasError
from qcaas_sdk._base.text import one_line
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.access import HEADERS
from qcaas_sdk.web.source import Journaled
from tests.support.hostile import NASTY
from tests.support.programs import BELL
from tests.web.campaign import Campaign
from tests.web.conftest import events, served, watching


async def test_a_stream_begins_with_everything_and_goes_on_with_what_is_new(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1, 2], tag="t", label="bell.qasm")
        campaign.submitted([1])
        campaign.write()
        async with served(watching(campaign.path)) as client, client.stream("GET", "/api/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            seen = events(stream)
            begin, first = await anext(seen), await anext(seen)
            assert (begin.name, begin.data) == ("begin", {})
            assert [row[:5] for row in sorted(first.data["rows"])] == [
                [1, 1, "bell.qasm", "t", "qpu:uk:2:lucy"],
                [2, 0, "bell.qasm", "t", "qpu:uk:2:lucy"],
            ]
            assert first.data["counts"] == [1, 1, 0, 0, 0, 0]
            campaign.completed([1])
            campaign.write()
            async for event in seen:
                if event.data["rows"]:
                    break
            assert [row[:2] for row in event.data["rows"]] == [[1, 3]]
            assert event.data["counts"] == [1, 0, 0, 1, 0, 0]


async def test_a_stream_that_was_lost_goes_on_where_it_was(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made(range(1, 51))
        campaign.write()
        async with served(watching(campaign.path)) as client:
            async with client.stream("GET", "/api/events") as stream:
                seen = events(stream)
                await anext(seen)
                first = await anext(seen)
            campaign.submitted([8])
            campaign.write()
            async with client.stream("GET", "/api/events", headers={"Last-Event-ID": first.id}) as stream:
                async for event in events(stream):
                    assert event.name == "message", "nothing is sent again"
                    if event.data["rows"]:
                        break
            assert [row[0] for row in event.data["rows"]] == [8]


@pytest.mark.parametrize("last", ["", "x", "0badc0de-3", "-", "0badc0de--1", f"0badc0de-{'9' * 30}"])
async def test_a_stream_of_another_server_begins_again(tmp_path: Path, last: str) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1])
        campaign.write()
        async with (
            served(watching(campaign.path)) as client,
            client.stream("GET", "/api/events", headers={"Last-Event-ID": last}) as stream,
        ):
            assert (await anext(events(stream))).name == "begin"


async def test_a_damaged_journal_is_told_and_what_was_read_stays(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1, 2])
        campaign.write()
        async with served(watching(campaign.path)) as client, client.stream("GET", "/api/events") as stream:
            seen = events(stream)
            await anext(seen)
            await anext(seen)
            with closing(sqlite3.connect(campaign.path)) as db:
                db.execute("INSERT INTO entries VALUES (99, 1, 'moved', '{}', 0)")
                db.commit()
            async for event in seen:
                if event.data.get("error"):
                    break
            assert "damaged or missing" in event.data["error"]
            assert (await client.get("/api/jobs/1")).json()["state"] == "CREATED"


async def test_a_journal_that_cannot_be_read_for_a_moment_is_read_again(tmp_path: Path) -> None:
    with Campaign(tmp_path / "c.db") as campaign:
        campaign.made([1])
    moved = tmp_path / "elsewhere.db"
    async with served(watching(tmp_path / "c.db")) as client, client.stream("GET", "/api/events") as stream:
        seen = events(stream)
        await anext(seen)
        assert (await anext(seen)).data["error"] == ""
        (tmp_path / "c.db").rename(moved)
        async for event in seen:
            if event.data["error"]:
                break
        assert "there is no such file" in event.data["error"]
        moved.rename(tmp_path / "c.db")
        async for event in seen:
            if not event.data["error"]:
                break


async def test_one_job(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1, 2, 3], tag="t", label="bell.qasm")
        campaign.submitted([1, 2])
        campaign.completed([1], data={"c": {f"{n:010b}": n for n in range(1000)}})
        campaign.failed([2], "no such gate")
        campaign.write()
        async with (
            served(watching(campaign.path)) as client,
            client.stream("GET", "/api/events") as stream,
        ):
            await anext(events(stream))
            while (answer := await client.get("/api/jobs/1")).status_code == 404:
                await asyncio.sleep(0)
            one, two = answer.json(), (await client.get("/api/jobs/2")).json()
            gone = await client.get("/api/jobs/4")
            odd = [(await client.get(f"/api/jobs/{name}")).status_code for name in ("x", "-1", "9" * 40, "²")]
    assert (one["state"], one["name"], one["tag"], one["task"]) == ("COMPLETED", "bell.qasm", "t", campaign.task(1))
    assert [(move["source"], move["target"]) for move in one["transitions"]] == [
        ("CREATED", "SUBMITTED"),
        ("SUBMITTED", "COMPLETED"),
    ]
    (register,) = one["outputs"][0]["registers"]
    assert (register["shots"], register["bitstrings"], len(register["counts"])) == (499500, 1000, 256)
    assert register["counts"][0] == [f"{999:010b}", 999]
    assert one["program"].splitlines()[0] == "OPENQASM 2.0;"
    marks = {node["name"]: node["mark"] for node in one["chart"]["nodes"]}
    assert (marks["submitted"], marks["completed"], marks["failed"]) == ("been", "here", "away")
    assert two["outputs"] == [two["outputs"][0] | {"error": "no such gate", "code": 400}]
    assert one["actions"] == two["actions"] == []
    assert gone.status_code == 404
    assert odd == [404] * 4


async def test_a_composite_has_its_own_view(tmp_path: Path) -> None:
    path = tmp_path / "campaign.db"
    with Campaign(path) as campaign:
        campaign.made(range(1, 6))
        campaign.composed(6, [1, 2], "inner\nscan")
        campaign.composed(7, [6, 3, 4])
        campaign.submitted(range(1, 5), 0.0)
        campaign.completed([1, 2], 12.0, wait_s=3.8, run_s=8.0)
        campaign.failed([3], "no", 12.0)
        campaign.write()
        async with served(watching(path)) as client:
            while not (found := (await client.get("/api/composites")).json()):
                await asyncio.sleep(0)
            assert found == [
                {"number": 6, "name": "inner scan", "children": 2},
                {"number": 7, "name": "", "children": 3},
            ]
            inner, outer = [(await client.get(f"/api/composites/{number}")).json() for number in (6, 7)]
            assert (inner["state"], inner["jobs"], inner["counts"]) == ("COMPLETED", 2, [0, 0, 0, 2, 0, 0])
            assert (outer["state"], outer["jobs"], outer["counts"]) == ("RUNNING", 4, [0, 1, 0, 2, 1, 0])
            assert "inner scan, 2 jobs: completed" in inner["chart"]["title"]
            history = inner["history"]
            running = history["counts"][2]
            assert [running[round(at / history["width"])] for at in (2.0, 6.0, 11.0)] == [0, 2, 2]
            assert [counts[-1] for counts in outer["history"]["counts"][1:]] == [1, 0, 2, 1, 0]
            for number in ("0", "77", "x", "-1", "9" * 30):
                assert (await client.get(f"/api/composites/{number}")).status_code == 404
            assert (await client.post("/api/composites/6")).status_code == 405


async def test_a_page_of_this_process_lists_its_composites() -> None:
    async with OqcSdk.local() as sdk:
        dashboard = sdk.dashboard(port=0)
        composite = sdk.create_job(program=[BELL] * 3, name="mine")
        await composite.execute()
        async with served(dashboard) as client:
            assert (await client.get("/api/composites")).json() == [{"number": 0, "name": "mine", "children": 3}]
            document = (await client.get("/api/composites/0")).json()
    assert (document["state"], document["counts"][3], document["history"]["by_service"]) == ("COMPLETED", 3, 3)


async def test_every_answer_has_the_headers_that_keep_a_browser_safe(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.write()
        async with served(watching(campaign.path)) as client:
            paths = ["/", "/style.css", "/main.js", "/icon.svg", "/api/about", "/api/jobs/1", "/nothing", "/?token=x"]
            for path in paths:
                answer = await client.get(path)
                assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
                assert "access-control-allow-origin" not in answer.headers
            assert "unsafe" not in HEADERS["Content-Security-Policy"]
            assert "http:" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:{port}", "Origin": "http://localhost:{port}"}, 200),
        ({"Host": "127.0.0.1:{port}"}, 200),
        ({"Host": "evil.example.org"}, 421),
        ({"Host": "evil.example.org:{port}", "Origin": "http://evil.example.org:{port}"}, 421),
        ({"Host": "127.0.0.1.evil.example.org"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://evil.example.org"}, 403),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "127.0.0.1:{port}", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://["}, 403),
        ({"Host": "127.0.0.1:{port}", "Origin": "http://127.0.0.1:{port}@evil.example.org"}, 403),
        ({"Host": "127.0.0.1:{port}", "Origin": ""}, 403),
    ],
)
async def test_another_page_cannot_read_this_one(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.write()
        dashboard = watching(campaign.path)
        port = dashboard.url.rsplit(":", 1)[1].rstrip("/")
        async with served(dashboard), httpx.AsyncClient(base_url=dashboard.url) as other:
            sent = {name: value.format(port=port) for name, value in headers.items()}
            for path in ("/", "/api/about", "/api/jobs/1", "/main.js"):
                answer = await other.get(path, headers=sent)
                assert (answer.status_code == status) or (status == 200 and answer.status_code == 404), path


@pytest.mark.parametrize("name", ["..%2fapp.py", "%2e%2e/app.py", "index.html/", "app.py", "__init__.py", ".."])
async def test_only_files_of_the_page_are_served(tmp_path: Path, name: str) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.write()
        async with served(watching(campaign.path)) as client:
            assert "import" not in (await client.get(f"/{name}", follow_redirects=True)).text


@pytest.mark.parametrize("text", NASTY)
async def test_foreign_text_is_one_line_in_which_everything_can_be_seen(tmp_path: Path, text: str) -> None:
    foreign = text.encode(errors="replace").decode()
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1], tag=foreign, label=foreign, qpu=f"qpu{foreign}")
        campaign.submitted([1])
        campaign.failed([1], foreign)
        campaign.write()
        async with served(watching(campaign.path)) as client, client.stream("GET", "/api/events") as stream:
            seen = events(stream)
            await anext(seen)
            (row,) = (await anext(seen)).data["rows"]
            job = (await client.get("/api/jobs/1")).json()
    assert row[2] == row[3] == job["name"] == job["tag"] == one_line(foreign)
    assert row[9] == f"(400) {one_line(foreign)}"
    assert job["outputs"][0]["error"] == one_line(foreign)
    for shown in json.dumps([row, job], ensure_ascii=False).splitlines():
        assert shown.isprintable() or "日本" in shown


async def test_closing_ends_the_streams_and_frees_the_port(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1])
        campaign.write()
        dashboard = watching(campaign.path)
        port = int(dashboard.url.rsplit(":", 1)[1].rstrip("/"))
        async with served(dashboard) as client, client.stream("GET", "/api/events") as stream:
            seen = events(stream)
            await anext(seen)
            dashboard.close()
            dashboard.close()
            with pytest.raises(httpx.HTTPError):
                async for _ in seen:
                    pass
        again = Dashboard(Journaled(campaign.path, "mine"), port=port)
        with pytest.raises(QcaasError, match=f"port {port}.*choose another port"):
            Dashboard(Journaled(campaign.path, "mine"), port=port)
        again.close()


async def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtra, match=r'the live page needs .*pip install "qcaas-sdk\[web\]"'):
        watching(tmp_path / "campaign.db")


async def test_a_journal_that_nobody_works_on_says_so(tmp_path: Path) -> None:
    with Campaign(tmp_path / "campaign.db") as campaign:
        campaign.made([1])
    async with served(watching(tmp_path / "campaign.db")) as client, client.stream("GET", "/api/events") as stream:
        seen = events(stream)
        await anext(seen)
        assert (await anext(seen)).data["working"] is False
