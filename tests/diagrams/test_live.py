"""Pictures of jobs and composites while they live."""

import asyncio
import re
import sys
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from qcaas_sdk import CompositeJob, Job, JobState, MissingExtra, OqcSdk
from qcaas_sdk._record import JobRecord, JobRequest
from qcaas_sdk.diagrams import Timeline
from qcaas_sdk.diagrams.history import StateHistory, history_of
from qcaas_sdk.diagrams.picture import Mark
from qcaas_sdk.diagrams.states_over_time import MAX_ROWS
from qcaas_sdk.statechart import Transition, shipped_chart
from qcaas_sdk.testing import Constant, SimulatedQpu
from tests.callbacks.fakes import FakeTasks, empty_composite, make_job, make_job_in
from tests.diagrams import scenes
from tests.diagrams.conftest import RealMermaid
from tests.diagrams.reading import svg_texts
from tests.support.passing_clock import PassingClock
from tests.support.programs import BELL, BROKEN


def words(svg: str) -> str:
    return " ".join(" ".join(svg_texts(ET.fromstring(svg))).split())


def history(job: Job) -> StateHistory:
    (only,) = job.timeline().histories
    return only


# One job.


def test_a_job_shows_where_it_is_and_which_way_it_came() -> None:
    picture = scenes.third_run(lambda job: job.diagram().picture)
    marks = {box.name: box.mark for box in picture.boxes}
    assert marks == {
        "created": Mark.BEEN,
        "submitted": Mark.BEEN,
        "running": Mark.HERE,
        "completed": Mark.BEEN,
        "failed": Mark.BEEN,
        "cancelled": Mark.AWAY,
    }
    steps = {(a.source, a.target): a.lines for a in picture.arrows if a.mark is not Mark.AWAY}
    assert steps == {
        ("created", "submitted"): ("1, 5, 9: submit",),
        ("submitted", "running"): ("2, 6, 10: poll",),
        ("running", "failed"): ("3: poll",),
        ("failed", "created"): ("4: reset",),
        ("running", "completed"): ("7: poll",),
        ("completed", "created"): ("8: reset",),
    }
    (last,) = [(a.source, a.target) for a in picture.arrows if a.mark is Mark.HERE]
    assert last == ("submitted", "running")


def test_a_job_shows_how_often_it_went_round_and_how_long_it_stayed() -> None:
    past, picture = scenes.third_run(lambda job: (history(job), job.diagram().picture))
    assert picture.title == "ramsey 17: running, run 3"
    assert past.runs == 3
    assert [span.state for span in past.spans[:3]] == ["created", "submitted", "running"]
    (first, *_) = past.spans
    assert first.length_s == pytest.approx(5.4, abs=1.5), "5 s by itself, then a request or two on their way"
    (running,) = [box for box in picture.boxes if box.name == "running"]
    assert re.match(r"current state for (1\.\d s|9\d\d ms)", running.notes[0])
    assert re.match(r"3 ×, (1 min|5\d s)", running.notes[1])


def test_times_go_on_until_now() -> None:
    async def scene(sdk: OqcSdk) -> list[float | None]:
        job = await sdk.create_job(program="OPENQASM 3;").submit()
        before = history(job).now.length_s
        await asyncio.sleep(1000)
        return [before, history(job).now.length_s]

    before, after = scenes.in_virtual_time(scene, SimulatedQpu(service_time=Constant(5000.0)))
    assert before is not None
    assert after == pytest.approx(before + 1000)


async def test_the_history_of_a_job_from_elsewhere_is_told_by_the_time_of_day() -> None:
    """The monotonic clock of another process, or of the time before a reboot, says nothing here."""
    chart, clock = shipped_chart("job"), PassingClock()
    ago = clock.wall() - timedelta(seconds=100)
    record = JobRecord(request=JobRequest("OPENQASM 3;", "qpu:1"), made_s=3.0)
    for transition in (
        Transition(JobState.CREATED, JobState.SUBMITTED, "submit", "", ago, 7_000_000.0),
        Transition(JobState.SUBMITTED, JobState.RUNNING, "poll", "", ago + timedelta(seconds=60), 7_000_060.0),
    ):
        record.apply(transition)
    past = history_of(record, chart, clock)
    assert [span.length_s for span in past.spans] == [None, pytest.approx(60), pytest.approx(40)]


async def test_a_loaded_job_shows_its_past() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL)
        await job.execute()
        again = sdk.from_snapshot(job.to_snapshot())
    assert isinstance(again, Job)
    assert [s.state for s in history(again).spans] == [s.state for s in history(job).spans]
    lengths = [span.length_s for span in history(job).spans[1:-1]]
    assert [span.length_s for span in history(again).spans[1:-1]] == pytest.approx(lengths, abs=0.05)
    assert words(again.diagram().svg()).count("current state") == 2, "one in the legend"


def test_a_new_job_is_where_it_begins() -> None:
    picture = make_job(FakeTasks()).diagram().picture
    assert [box.name for box in picture.boxes if box.mark is Mark.HERE] == ["created"]
    assert all(arrow.mark is Mark.AWAY for arrow in picture.arrows)


# Many.


@pytest.mark.parametrize("jobs", [24, 300])
def test_a_composite_shows_how_many_are_where(jobs: int) -> None:
    def look(composite: CompositeJob) -> None:
        picture = composite.diagram().picture
        for box in picture.boxes:
            count = composite.counts[JobState.of(box.name)]
            assert box.notes[0].startswith(f"{count:,} of {jobs:,} (")
            assert (box.mark is Mark.HERE) == (count > 0)
        gone = {(a.source, a.target): a.lines for a in picture.arrows if a.mark is Mark.BEEN}
        assert gone["created", "submitted"] == (f"{jobs - max(1, jobs // 20)} ×",)
        assert len(words(composite.diagram().svg())) < 1000, "as many words as for two"

    scenes.under_way(jobs, look)


async def test_composites_in_composites_count_their_jobs() -> None:
    inner, outer = empty_composite(), empty_composite()
    inner.add([await make_job_in(JobState.RUNNING, FakeTasks()) for _ in range(3)])
    outer.add([inner, make_job(FakeTasks())])
    notes = {box.name: box.notes[0] for box in outer.diagram().picture.boxes}
    assert notes["running"] == "3 of 4 (75 %)"
    assert notes["created"] == "1 of 4 (25 %)"
    assert outer.diagram().picture.title == "4 jobs: running"
    assert empty_composite().diagram().picture.title == "0 jobs: created"


# Timelines.


def test_a_jobs_timeline_has_a_row_a_state() -> None:
    def look(job: Job) -> None:
        text, svg = str(job.timeline()), words(job.timeline().svg())
        for state in ("created", "submitted", "running", "completed", "failed"):
            assert re.search(rf"^  {state}", text, re.MULTILINE)
            assert state in svg
        assert "cancelled" not in text
        assert text.count("◆") == 2, "two ends"
        assert "3 ×" in svg

    scenes.third_run(look)


def test_a_few_jobs_have_a_row_each_and_many_are_counted() -> None:
    few, svg = scenes.under_way(24, lambda composite: (str(composite.timeline()), composite.timeline().svg()))
    assert len(re.findall(r"^  job \d+ .*(created|submitted|running|completed|failed|cancelled)$", few, re.M)) == 24
    assert "job 24" in words(svg)
    many, svg = scenes.under_way(
        MAX_ROWS + 20, lambda composite: (str(composite.timeline()), composite.timeline().svg())
    )
    assert "job 1 " not in many
    assert re.search(r"^  submitted .* \d+ of 60$", many, re.M)
    assert "completed:" in words(svg)


def test_counts_over_time_are_those_of_the_lives() -> None:
    def look(composite: CompositeJob) -> None:
        timeline = composite.timeline()
        begin, end = timeline.span
        counted = timeline.counted([begin - 1.0, end])
        assert {state: counts[0] for state, counts in counted.items()} == dict.fromkeys(counted, 0)
        assert {JobState.of(state): counts[1] for state, counts in counted.items()} == composite.counts

    scenes.under_way(50, look)


def test_a_timeline_stops_at_the_last_end() -> None:
    async def scene(sdk: OqcSdk) -> Timeline:
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
        await asyncio.sleep(86_400)
        return job.timeline()

    begin, end = scenes.in_virtual_time(scene, SimulatedQpu(service_time=Constant(5.0))).span
    assert 5.0 < end - begin < 60.0


def test_without_matplotlib_a_timeline_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "qcaas_sdk.diagrams.renderers.gantt", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    timeline = make_job(FakeTasks()).timeline()
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[plot\]"):
        timeline.figure()
    assert set(timeline._repr_mimebundle_()) == {"text/plain"}


async def test_a_new_jobs_timeline_can_be_drawn() -> None:
    assert "created" in words(make_job(FakeTasks()).timeline().svg())
    assert empty_composite().timeline().svg()


# In notebooks.


async def test_all_of_it_shows_itself_and_every_text_is_text(real_mermaid: RealMermaid) -> None:
    nasty = "<script>alert('$x$')</script> & \"[*] --> a"
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL, tag=nasty)
        composite = sdk.create_job(program=[BELL, BROKEN], tag=nasty)
        await asyncio.gather(job.execute(), composite.execute())
    shown = [
        job._repr_mimebundle_(),
        composite._repr_mimebundle_(),
        job.timeline()._repr_mimebundle_(),
        composite.timeline()._repr_mimebundle_(),
        job.outputs._repr_mimebundle_(),
        composite.outputs._repr_mimebundle_(),
        *[output._repr_mimebundle_() for output in composite.outputs],
    ]
    for bundle in shown:
        assert bundle["text/plain"]
        for kind, content in bundle.items():
            if kind != "text/plain":
                assert "<script" not in content
            if kind == "image/svg+xml":
                ET.fromstring(content)
            if kind == "text/vnd.mermaid":
                assert "error" not in real_mermaid.read(content)
            addresses = set(re.findall(r"(?:href|src)=\"(?!#)[^\"]*|url\((?!#)", content)) - {'xlink:href="#'}
            assert not addresses, f"{kind} would load something"
    assert nasty in words(job.diagram().svg())
    assert nasty in words(job.timeline().svg())
    assert nasty[:27] in words(composite.timeline().svg())


async def test_outputs_are_tables() -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL, BROKEN])
        result, error = await composite.execute()
    html = result._repr_mimebundle_()["text/html"]
    for bits, count in result.data["c"].items():
        assert f"<code>{bits}</code></td><td>{count:,}</td>" in html
    assert error.short.split("\n")[0][:20].replace("'", "&#x27;") in error._repr_mimebundle_()["text/html"]
    table = composite.outputs._repr_mimebundle_()["text/html"]
    assert table.count("<tr>") == 3
    assert result.task_id in table


def test_a_secret_of_the_connection_is_nowhere() -> None:
    async def scene(sdk: OqcSdk) -> list[str]:
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
        return [
            content
            for bundle in (job, job.outputs, job.timeline())
            for content in bundle._repr_mimebundle_().values()
        ]

    said = scenes.in_virtual_time(scene, SimulatedQpu())
    from qcaas_sdk.testing import SimulatedCloud

    assert all(SimulatedCloud().token not in content for content in said)


def test_pictures_are_imported_when_they_are_wanted() -> None:
    import subprocess

    heavy = "('qcaas_sdk.diagrams', 'pygraphviz', 'matplotlib')"
    code = f"import qcaas_sdk, sys; print([name for name in sys.modules if name.startswith({heavy})])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
