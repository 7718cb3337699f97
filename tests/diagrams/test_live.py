"""Pictures of jobs and composites while they live."""

import asyncio
import re
import sys
from base64 import b64decode
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from qcaas_sdk import CompositeJob, Job, JobState, MissingExtra, OqcSdk
from qcaas_sdk._record import JobRecord, JobRequest
from qcaas_sdk.diagrams import Timeline
from qcaas_sdk.diagrams.history import StateHistory, history_of
from qcaas_sdk.diagrams.looks import looks_of
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

pytestmark = pytest.mark.slow


def words(svg: str) -> str:
    return " ".join(" ".join(svg_texts(ET.fromstring(svg))).split())


def history(job: Job) -> StateHistory:
    (only,) = job.timeline().histories
    return only


# One job.


def test_a_job_shows_where_it_is_and_which_way_it_came() -> None:
    picture = scenes.third_run(lambda job: job.diagram().picture)
    marks = {node.name: node.mark for node in picture.nodes if not node.choice}
    assert marks == {
        "created": Mark.BEEN,
        "submitted": Mark.BEEN,
        "running": Mark.HERE,
        "completed": Mark.BEEN,
        "failed": Mark.BEEN,
        "cancelled": Mark.AWAY,
    }
    ways = [(a, number) for a in picture.arrows if a.mark is not Mark.AWAY for number in numbers(a.lines[-1])]
    taken = {number: {target for a, n in ways if n == number for target in a.targets} for _, number in ways}
    expected = {
        1: "submitted",
        3: "failed",
        4: "created",
        7: "completed",
        8: "created",
        9: "submitted",
        10: "running",
    }
    assert {
        number: expected[number] for number in taken if number in expected and expected[number] in taken[number]
    } == expected
    last = {a.targets[0] for a in picture.arrows if a.mark is Mark.HERE}
    assert "running" in last
    assert last <= {"running", "answer"}


def numbers(line: str) -> list[int]:
    """The steps that a label lists; none if they are counted."""
    return [] if "×" in line else [int(number) for number in re.findall(r"\d+", line)]


def test_the_steps_are_those_of_the_history() -> None:
    past, picture = scenes.first_run(lambda job: (history(job), job.diagram().picture))
    told = picture.summary
    for step, (source, target) in enumerate(past.paths, 1):
        assert f"{step}. {source} to {target} by " in told


def positions(svg: str) -> list[tuple[str | None, ...]]:
    """Where boxes and lines are, whatever they look like; not the boxes that a highlight adds."""
    root = ET.fromstring(svg)
    at = [root.get("viewBox")]
    found: list[tuple[str | None, ...]] = []
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        shapes = [e for e in group if e.tag.endswith(("}rect", "}path"))]
        if group.get("class") in {"node", "choice", "region"}:
            found.append(tuple(shapes[0].get(key) for key in ("x", "y", "width", "height", "d")))
    return [*found, tuple(at[0].split()[:3]) if at[0] else ()]


def test_positions_do_not_depend_on_what_has_happened() -> None:
    new = scenes.in_virtual_time(fresh, SimulatedQpu())
    done = scenes.first_run(lambda job: job.diagram().svg())
    again = scenes.third_run(lambda job: job.diagram().svg())
    assert positions(new) == positions(done) == positions(again)
    assert len(positions(new)) > 6


async def fresh(sdk: OqcSdk) -> str:
    return sdk.create_job(program="OPENQASM 3;").diagram().svg()


def test_ends_have_the_colours_and_signs_of_the_timeline() -> None:
    looks = looks_of(shipped_chart("job"))
    assert len({look.colour for look in looks.values()}) == len(looks)
    nodes = {node.name: node for node in scenes.third_run(lambda job: job.diagram().picture).nodes}
    for name in ("completed", "failed"):
        assert (nodes[name].colour, nodes[name].sign) == (looks[name].colour, looks[name].sign)
    svg = scenes.first_run(lambda job: job.diagram().svg())
    assert f'fill="{looks["completed"].colour}"' in svg
    assert looks["failed"].colour not in svg


def test_a_job_shows_how_often_and_how_long_it_stayed() -> None:
    past, picture = scenes.third_run(lambda job: (history(job), job.diagram().picture))
    assert picture.title == "ramsey 17: running, run 3"
    assert past.runs == 3
    assert [span.state for span in past.spans[:3]] == ["created", "submitted", "running"]
    (first, *_) = past.spans
    assert first.length_s == pytest.approx(5.4, abs=1.5), "5 s by itself, then a request or two on their way"
    (running,) = [node for node in picture.nodes if node.name == "running"]
    assert re.match(r"here for (1\.\d s|9\d\d ms)", running.lines[0])
    assert re.match(r"3 ×, (1 min|5\d s)", running.lines[1])


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
    assert words(again.diagram().svg()).count("here now") == 1


def test_a_new_job_is_where_it_begins() -> None:
    picture = make_job(FakeTasks()).diagram().picture
    assert [node.name for node in picture.nodes if node.mark is Mark.HERE] == ["created"]
    assert all(arrow.mark is Mark.AWAY for arrow in picture.arrows)


# Many.


@pytest.mark.parametrize("jobs", [24, 300])
def test_a_composite_shows_how_many_are_where_and_which_rule_is_true(jobs: int) -> None:
    def look(composite: CompositeJob) -> None:
        picture = composite.diagram().picture
        for node in picture.nodes:
            count = composite.counts[JobState.of(node.name)]
            assert node.lines[0] == f"{count:,} of {jobs:,}"
            assert node.lines[1].endswith(" %")
            assert (node.mark is Mark.BEEN) == (count > 0)
        assert picture.table is not None
        assert picture.table.marked is not None
        assert picture.table.rows[picture.table.marked] == ("at least one is running or ended", "running")
        assert len(words(composite.diagram().svg())) < 1000, "as many words as for two"

    scenes.under_way(jobs, look)


def test_the_chart_of_a_composite_is_that_of_its_children_and_the_rules() -> None:
    picture = shipped_chart("composite_job").diagram().picture
    assert picture.regions[0].name == "each child: job"
    assert sum(len(arrow.targets) for arrow in picture.arrows) <= 7, "not the matrix of its own arrows"
    assert picture.table is not None
    assert [row[1] for row in picture.table.rows[1:]] == [
        "created",
        "failed",
        "cancelled",
        "completed",
        "running",
        "submitted",
    ]


async def test_composites_in_composites_count_their_jobs() -> None:
    inner, outer = empty_composite(), empty_composite()
    inner.add([await make_job_in(JobState.RUNNING, FakeTasks()) for _ in range(3)])
    outer.add([inner, make_job(FakeTasks())])
    lines = {node.name: node.lines for node in outer.diagram().picture.nodes}
    assert lines["running"] == ("3 of 4", "75 %")
    assert lines["created"] == ("1 of 4", "25 %")
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
    assert "job 23" in words(svg), "numbers begin with 0"
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
            if kind == "text/html" and "<img" in content:
                ET.fromstring(image_in(content))
                assert re.search(r'<img [^>]*alt="[^"]{20,}"', content)
            inner = content.replace('src="data:image/svg+xml;base64,', "")
            addresses = set(re.findall(r"(?:href|src)=\"(?!#)[^\"]*|url\((?!#)", inner)) - {'xlink:href="#'}
            assert not addresses, f"{kind} would load something"
    assert "error" not in real_mermaid.read(job.diagram().mermaid())
    assert "error" not in real_mermaid.read(composite.diagram().mermaid())
    assert nasty in words(job.diagram().svg())
    assert nasty in words(job.timeline().svg())
    assert nasty[:27] in words(composite.timeline().svg())


def image_in(html: str) -> str:
    """The SVG document of the image in a piece of HTML."""
    (encoded,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return b64decode(encoded).decode()


def test_a_job_in_a_notebook_is_a_small_card() -> None:
    def look(job: Job) -> tuple[str, str]:
        bundle = job._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
        return repr(job), bundle["text/html"]

    _, html = scenes.third_run(look)
    svg = ET.fromstring(image_in(html))
    assert words(image_in(html)).startswith("created 400 ms submitted 11 s running "), (
        "the current run, not the first"
    )
    assert "<b>ramsey 17</b>: <b>running</b>, run 3" in html
    assert "ramsey 17 is running, run 3. created 400 ms, submitted 11 s, running " in html
    assert float(svg.get("width") or "inf") < 600
    assert float(svg.get("height") or "inf") < 100


def test_the_card_of_a_failed_job_says_why_and_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(sdk: OqcSdk) -> str:
        job = sdk.create_job(program=scenes.FAILS)
        await job.execute()
        return job._repr_mimebundle_()["text/html"]

    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    html = scenes.in_virtual_time(scene, SimulatedQpu())
    assert "the simulated run failed" in html
    assert words(image_in(html)).endswith("✖ failed")


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


def test_a_timeline_is_light_or_dark_as_the_reader_prefers() -> None:
    svg = scenes.third_run(lambda one: one.timeline()).svg()
    (style,) = re.findall(r"<style>(.*?)</style>", svg)
    assert style.startswith("@media (prefers-color-scheme:dark){")
    for selector in ('path[style="fill: #ffffff"]', "text", '[style*="stroke: #000000"]'):
        assert f"#figure_1 {selector}" in style
    assert 'style="fill: #ffffff"' in svg, "matplotlib still writes its background like this"
    assert svg.count("fill: #000000") == 0, "what is black has no other form"
