"""The life of a job as a sequence diagram: what was seen is in it, and nothing else."""

import html
import re
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import InvalidArgument, Job, OqcSdk
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._base.request_log import RequestEntry
from qcaas_sdk.diagrams import SequenceDiagram
from qcaas_sdk.diagrams.sequence import MAX_ITEMS, sequence_of
from qcaas_sdk.diagrams.sequence_picture import Arrow, Message, Note, SequencePicture
from qcaas_sdk.job import record_of_job
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Fault,
    SimulatedCloud,
    SimulatedQpu,
    Status,
    Unreachable,
    VirtualClock,
    run_virtual,
)
from tests.callbacks.fakes import FakeTasks, make_job
from tests.diagrams import scenes
from tests.diagrams.conftest import RealMermaid
from tests.diagrams.reading import svg_texts
from tests.support.programs import BELL

Scene = Callable[[OqcSdk], Coroutine[Any, Any, SequenceDiagram]]


def played(scene: Scene, *faults: Fault, by_password: bool = False) -> SequenceDiagram:
    """Play a scene with a recorder, on a QPU that takes 5 s; each way takes 0.1 s."""

    async def play() -> SequenceDiagram:
        cloud = SimulatedCloud(qpus=[SimulatedQpu("q1", service_time=Constant(5.0))], latency_s=0.2, faults=faults)
        signed_in = (
            {"email": cloud.email, "password": cloud.password}
            if by_password
            else {"authentication_token": cloud.token}
        )
        sdk = OqcSdk(
            cloud.url,
            **signed_in,
            default_qpu_id="q1",
            http_transport=cloud.transport,
            clock=VirtualClock(),
        )
        async with sdk:
            sdk.record_requests()
            return await scene(sdk)

    return run_virtual(play())


async def one_run(sdk: OqcSdk) -> SequenceDiagram:
    job = sdk.create_job(program="OPENQASM 3;", tag="Bell")
    await job.execute()
    return job.sequence_diagram()


def lines(diagram: SequenceDiagram) -> list[str]:
    """Its messages and notes without times."""
    found = []
    for item in diagram.picture.items:
        who = item.over if isinstance(item, Note) else f"{item.source} {item.arrow.value} {item.target}"
        found.append(f"{who}: {re.sub(r'(, | [0-9]+ more.*[+])[0-9.]+ m?s$', '', item.text)}")
    return found


def test_a_run_with_its_requests_in_their_order() -> None:
    assert lines(played(one_run)) == [
        "you request SDK: submit",
        "SDK request service: POST /tasks",
        "service answer SDK: 200",
        "SDK request service: POST /tasks/submit",
        "QPU q1: submitted",
        "QPU q1: running",
        "service answer SDK: 200",
        "SDK: created → submitted by submit: The server has it",
        "SDK request service: GET /tasks/…0001/all_info",
        "service answer SDK: 200",
        "SDK: submitted → running by poll: The QPU has started it",
        "SDK request service: GET /tasks/…0001/all_info",
        "service answer SDK: 200",
        "SDK: and",
        "QPU q1: completed",
        "SDK request service: GET /tasks/…0001/all_info",
        "service answer SDK: 200",
        "SDK: running → completed by poll: The server has a result",
    ]


def test_a_lost_answer_a_doubt_and_retries() -> None:
    diagram = played(
        one_run,
        Fault(Dropped(after_acting=True), on="submit", nth=0),
        Fault(Unreachable(), on="status", nth=0),
        Fault(Status(503), on="info", nth=0),
    )
    told = [line for line in lines(diagram) if not line.startswith("QPU")]
    begin = told.index("SDK request service: POST /tasks/submit")
    assert told[begin : begin + 5] == [
        "SDK request service: POST /tasks/submit",
        "service lost SDK: no answer",
        "SDK: in doubt: the service may have acted on it",
        "SDK request service: GET /tasks/…0001/status",
        "service lost SDK: not delivered",
    ]
    assert "SDK request service: GET /tasks/…0001/status, attempt 2" in told
    assert "service answer SDK: 503" in told
    assert told.count("SDK request service: POST /tasks/submit") == 1, "it is not sent again"


def test_a_job_sees_its_own_requests_and_the_batches_it_was_in() -> None:
    async def scene(sdk: OqcSdk) -> SequenceDiagram:
        composite = sdk.create_job(program=["OPENQASM 3;"] * 12)
        await composite.execute()
        (last,) = composite.jobs[-1:]
        assert isinstance(last, Job)
        return last.sequence_diagram()

    told = lines(played(scene))
    assert "SDK request service: POST /tasks, with 11 other tasks" in told
    assert "SDK request service: POST /tasks/submit, with 11 other tasks" in told
    assert {line for line in told if "GET" in line} == {"SDK request service: GET /tasks/…000c/all_info"}


def test_cancel_and_a_second_run() -> None:
    async def scene(sdk: OqcSdk) -> SequenceDiagram:
        job = sdk.create_job(program=scenes.FAILS)
        await job.execute()
        await job.reconfigure().submit()
        await job.cancel()
        return job.sequence_diagram()

    told = [line for line in lines(played(scene)) if line.startswith(("you", "SDK: ")) and line != "SDK: and"]
    calls = [line for line in told if line.startswith("you")]
    assert calls == [f"you request SDK: {call}" for call in ("submit", "reset", "submit", "cancel")]
    for call, target in zip(calls, ("submitted", "created", "submitted", "cancelled"), strict=True):
        after = told[told.index(call) + 1]
        told = told[told.index(call) + 1 :]
        assert f"→ {target} by {call.rpartition(' ')[2]}" in after


def test_a_sign_in_while_the_job_lives_is_in_it() -> None:
    from qcaas_sdk.testing import TokenExpired

    cloud = SimulatedCloud()
    diagram = played(one_run, Fault(TokenExpired(), on="info", nth=1), by_password=True)
    told = lines(diagram)
    assert "SDK request sign-in: POST /admin/login" in told
    assert "service answer SDK: 401" in told
    assert "sign-in" in diagram.picture.participants
    for text in (str(diagram), diagram.svg(), diagram.mermaid(), repr(diagram)):
        assert cloud.password not in text
        assert cloud.email not in text
        assert "include_auth_token" not in text, "no query"


def test_without_a_recorder_no_request_is_invented() -> None:
    async def scene(sdk: OqcSdk) -> SequenceDiagram:
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
        return job.sequence_diagram()

    diagram = scenes.in_virtual_time(scene, SimulatedQpu(service_time=Constant(5.0)))
    assert "Requests were not recorded." in diagram.picture.legend
    assert not [line for line in lines(diagram) if "service" in line]
    assert "QPU qpu:sim:1: completed" in lines(diagram)


def test_requests_are_not_kept_before_they_are_recorded() -> None:
    async def scene(sdk: OqcSdk) -> SequenceDiagram:
        earlier = sdk.create_job(program="OPENQASM 3;")
        await earlier.execute()
        for wrong in (0, -1, "many"):
            with pytest.raises(InvalidArgument):
                sdk.record_requests(wrong)  # type: ignore[arg-type]
        sdk.record_requests(3)
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
        assert not [line for line in lines(earlier.sequence_diagram()) if "service" in line]
        return job.sequence_diagram()

    diagram = scenes.in_virtual_time(scene, SimulatedQpu(service_time=Constant(5.0)))
    assert len([line for line in lines(diagram) if "request service" in line]) <= 3


async def test_a_new_job_has_an_empty_life(real_mermaid: RealMermaid) -> None:
    async with OqcSdk.local() as sdk:
        diagram = sdk.create_job(program=BELL).sequence_diagram()
    assert diagram.picture.items == ()
    assert real_mermaid.read(diagram.mermaid())["participants"] == ["SDK"]
    assert "SDK" in " ".join(svg_texts(ET.fromstring(diagram.svg())))


def test_a_very_long_life_is_cut_at_its_begin() -> None:
    async def scene(sdk: OqcSdk) -> SequenceDiagram:
        job = sdk.create_job(program="OPENQASM 3;")
        for _ in range(60):
            await job.execute()
            job.reconfigure()
        return job.sequence_diagram()

    diagram = played(scene)
    assert len(diagram.picture.items) == MAX_ITEMS + 1
    first, *_, last = diagram.picture.items
    assert re.fullmatch(r"[\d,]+ messages and notes before this", first.text)
    assert "by reset" in last.text


@given(
    st.lists(
        st.tuples(
            st.floats(0, 50),
            st.none() | st.floats(0, 50),
            st.none() | st.integers(100, 599),
            st.sampled_from(["/tasks", "/tasks/t-1/status"]),
        ),
        max_size=30,
    )
)
def test_every_request_of_the_job_is_shown_or_counted(
    given: list[tuple[float, float | None, int | None, str]],
) -> None:
    entries = [
        RequestEntry("GET", path, False, 1, ("t-1",), begin, None if took is None else begin + took, status)
        for begin, took, status, path in given
    ]

    record = record_of_job(make_job(FakeTasks()))
    record.run.task_id = "t-1"
    diagram = sequence_of(record, shipped_chart("job"), SystemClock(), entries)
    shown = sum(isinstance(one, Message) and one.arrow is Arrow.REQUEST for one in diagram.picture.items)
    counted = sum(int(found[1]) for one in diagram.picture.items if (found := re.match(r"and (\d+) more", one.text)))
    assert shown + counted == len(entries)


NASTY = st.text(max_size=40) | st.sampled_from(
    [
        "a; b #59; c",
        "wrap: me",
        "%%{init: {}}%%",
        "end",
        "<script>alert(1)</script>",
        "$$x^2$$",
        "line\nbreak",
        "\u202e",
        "",
    ]
)


@given(st.lists(NASTY, min_size=1, max_size=4))
def test_foreign_text_is_text_in_every_format(real_mermaid: RealMermaid, texts: Sequence[str]) -> None:
    names = ("you", "SDK", texts[0])
    items: list[Message | Note] = [Note(over=names[2], text=text) for text in texts]
    items += [Message(source="SDK", target=names[2], text=text) for text in texts if names[2] != "SDK"]
    diagram = SequenceDiagram(
        SequencePicture(
            title=texts[0], participants=tuple(dict.fromkeys(names)), items=tuple(items), legend=(texts[-1],)
        )
    )
    read = real_mermaid.read(diagram.mermaid())
    assert "error" not in read, read
    assert len(read["messages"]) == len(items) + 1
    ET.fromstring(diagram.svg())
    assert "<script" not in diagram.svg()
    assert len(str(diagram).splitlines()) == len(items) + 4


def test_the_real_mermaid_reads_it(real_mermaid: RealMermaid) -> None:
    diagram = played(one_run, Fault(Dropped(after_acting=True), on="submit", nth=0))
    read = real_mermaid.read(diagram.mermaid())
    assert read["participants"] == list(diagram.picture.participants)
    texts = [decoded(message["text"]) for message in read["messages"]]
    wanted = [f"{one.when}: {one.text}" if one.when else one.text for one in diagram.picture.items]
    assert texts == [*wanted, *diagram.picture.legend]


def decoded(text: str) -> str:
    """The text as Mermaid shows it: inside, it has its own form of entities."""
    return html.unescape(text.replace("ﬂ°°", "&#").replace("ﬂ°", "&").replace("¶ß", ";"))


def test_the_svg_is_one_of_its_kind() -> None:
    svg = played(one_run).svg()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert "prefers-color-scheme:dark" in svg
    assert float(root.get("width") or "inf") < 800
    texts = " ".join(svg_texts(root))
    for words in ("you", "SDK", "service", "QPU q1", "POST /tasks/submit", "+400 ms", "aligned with your clock"):
        assert words in texts


def test_it_is_saved_by_its_extension(tmp_path: Path) -> None:
    diagram = played(one_run)
    for name, content in (("a.svg", diagram.svg()), ("a.mmd", diagram.mermaid()), ("a.txt", str(diagram))):
        diagram.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == content
    with pytest.raises(InvalidArgument, match=r"\.mmd, \.svg or \.txt"):
        diagram.save(tmp_path / "a.png")
    assert diagram._repr_mimebundle_()["text/html"].startswith("<img ")
