"""What goes wrong on purpose: which requests it strikes, what the client sees, and whether the server has acted."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import InvalidArgument
from qcaas_sdk.testing import (
    Constant,
    Dropped,
    Fault,
    Hang,
    Html,
    MissingField,
    RequestKind,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    Status,
    Truncated,
    Unreachable,
    Windows,
)
from qcaas_sdk.testing.cloud.faults import FaultSchedule, What
from tests.testing.asking import QPU, Asking, asking
from tests.testing.virtually import virtually


async def reserve_under(what: What) -> tuple[httpx.Response | httpx.HTTPError, Asking]:
    """Reserve one id while that goes wrong."""
    async with asking(SimulatedCloud(faults=[Fault(what, on="reserve")]), timeout=30) as client:
        try:
            return await client.send("POST", "/tasks", {"qpu_id": QPU, "task_count": 2}), client
        except httpx.HTTPError as error:
            return error, client


@pytest.mark.parametrize(
    ("what", "error", "acted"),
    [
        (Unreachable(), httpx.ConnectError, False),
        (Dropped(), httpx.ReadError, False),
        (Dropped(after_acting=True), httpx.ReadError, True),
        (Hang(), httpx.ReadTimeout, False),
        (Hang(after_acting=True), httpx.ReadTimeout, True),
        (Slow(40.0), httpx.ReadTimeout, True),
        (Slow(40.0, acts_late=True), httpx.ReadTimeout, False),
    ],
)
def test_no_answer_comes(what: What, error: type[httpx.HTTPError], acted: bool) -> None:
    @virtually
    async def tried() -> None:
        answer, client = await reserve_under(what)
        assert type(answer) is error
        (record,) = client.cloud.ledger.requests()
        assert (record.status, record.acted, bool(client.cloud.ledger.tasks())) == (None, acted, acted)
        assert record.fault == Fault(what, on=(RequestKind.RESERVE,))

    tried()


@pytest.mark.parametrize(
    ("what", "status", "acted"),
    [
        (Status(503), 503, False),
        (Status(500, after_acting=True), 500, True),
        (Status(429, retry_after_s=7), 429, False),
        (Html(), 200, False),
        (Html(502, after_acting=True), 502, True),
        (Truncated(), 200, True),
        (MissingField(), 200, True),
        (Slow(20.0), 200, True),
        (Slow(20.0, acts_late=True), 200, True),
    ],
)
def test_another_answer_comes(what: What, status: int, acted: bool) -> None:
    @virtually
    async def tried() -> None:
        answer, client = await reserve_under(what)
        assert isinstance(answer, httpx.Response)
        (record,) = client.cloud.ledger.requests()
        assert answer.status_code == record.status == status
        assert (record.acted, len(client.cloud.ledger.tasks())) == (acted, 2 if acted else 0)

    tried()


@virtually
async def test_a_429_says_how_long_to_wait_or_until_when_or_nothing() -> None:
    faults = [
        Fault(Status(429), nth=0),
        Fault(Status(429, retry_after_s=7), nth=1),
        Fault(Status(429, retry_after_s=60, retry_after_as_date=True), nth=2),
    ]
    async with asking(SimulatedCloud(faults=faults)) as client:
        answers = [await client.send("GET", "/admin/version") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == [
        None,
        "7",
        "Thu, 01 Jan 2026 00:01:00 GMT",
        None,
    ]


@virtually
async def test_html_is_html_and_a_truncated_body_is_no_json() -> None:
    page, _ = await reserve_under(Html())
    cut, _ = await reserve_under(Truncated(0.5))
    assert isinstance(page, httpx.Response)
    assert isinstance(cut, httpx.Response)
    assert page.headers["Content-Type"] == "text/html"
    assert page.text.startswith("<html>")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        cut.json()


@virtually
async def test_something_is_missing_in_an_answer() -> None:
    faults = [
        Fault(MissingField(), on=["reserve", "version"]),
        Fault(MissingField("results"), on="info"),
        Fault(MissingField("no such field"), on="status"),
    ]
    async with asking(SimulatedCloud(faults=faults)) as client:
        (task_id,) = await client.reserve(2)
        assert await client.ask("GET", "/admin/version") == {}
        assert "results" not in await client.info(task_id)
        assert await client.status(task_id) == "CREATED"


@virtually
async def test_what_has_left_arrives_even_if_nobody_waits_for_it_any_more() -> None:
    async with asking(SimulatedCloud(faults=[Fault(Slow(60.0, acts_late=True), on="submit")])) as client:
        (task_id,) = await client.reserve()
        with pytest.raises(httpx.ReadTimeout):
            await client.submit({task_id: "program"})
        assert await client.status(task_id) == "CREATED"
        await asyncio.sleep(30)
        assert await client.status(task_id) == "RUNNING"


@virtually
async def test_a_cancelled_client_does_not_take_its_request_back() -> None:
    async with asking(SimulatedCloud(latency_s=2.0)) as client:
        (task_id,) = await client.reserve()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.submit({task_id: "program"})
        await asyncio.sleep(1)
        assert client.cloud.ledger.submitted_at(task_id) == 3.0


@virtually
async def test_a_blackout_lasts_as_long_as_it_lasts() -> None:
    async with asking(SimulatedCloud(faults=[Fault(Unreachable(), during=(10, 20))])) as client:
        reached = []
        for _ in range(30):
            try:
                await client.ask("GET", "/admin/version")
                reached.append(asyncio.get_running_loop().time())
            except httpx.ConnectError:
                pass
            await asyncio.sleep(1)
    assert reached == [*range(10), *range(20, 30)]


@virtually
async def test_a_fault_may_be_one_qpus() -> None:
    cloud = SimulatedCloud(qpus=[SimulatedQpu("a"), SimulatedQpu("b")], faults=[Fault(Status(500), qpu_id="b")])
    async with asking(cloud) as client:
        (task_id,) = await client.run("program", qpu_id="a")
        assert (await client.send("POST", "/tasks", {"qpu_id": "b", "task_count": 1})).status_code == 500
        assert await client.status(task_id) == "RUNNING"


@given(st.integers(), st.floats(0.1, 0.9))
def test_probability_is_a_share_of_those_that_match(seed: int, probability: float) -> None:
    schedule = FaultSchedule([Fault(Dropped(), on="status", probability=probability)], seed)
    assert all(schedule.strike(RequestKind.CANCEL, QPU, 0.0) is None for _ in range(100))
    struck = sum(schedule.strike(RequestKind.STATUS, QPU, 0.0) is not None for _ in range(4000))
    assert abs(struck / 4000 - probability) < 0.05


@given(st.sets(st.integers(0, 30)))
def test_nth_counts_those_that_match(numbers: set[int]) -> None:
    schedule = FaultSchedule([Fault(Dropped(), on="submit", nth=tuple(numbers))], 0)
    struck = []
    for number in range(31):
        schedule.strike(RequestKind.STATUS, QPU, 0.0)
        if schedule.strike(RequestKind.SUBMIT, QPU, 0.0) is not None:
            struck.append(number)
    assert struck == sorted(numbers)


def test_the_first_of_several_strikes_and_the_luck_of_one_is_not_anothers() -> None:
    lucky = Fault(Slow(), on="status", probability=0.5)
    alone = FaultSchedule([lucky], 3)
    behind = FaultSchedule([lucky, Fault(Dropped(), nth=range(0, 100, 2))], 3)
    first = [alone.strike(RequestKind.STATUS, QPU, 0.0) for _ in range(50)]
    both = [behind.strike(RequestKind.STATUS, QPU, 0.0) for _ in range(50)]
    assert [fault if fault == lucky else None for fault in both] == first


def test_faults_are_plain_data() -> None:
    fault = Fault(Status(429, retry_after_s=5.0), on=["submit", "cancel"], nth=3)
    assert fault == Fault(Status(429, retry_after_s=5.0), on=(RequestKind.SUBMIT, RequestKind.CANCEL), nth=(3,))
    assert hash(fault) == hash(Fault(Status(429, retry_after_s=5.0), on=["submit", "cancel"], nth=3))
    assert repr(fault) == "Fault(Status(429, retry_after_s=5.0), on=['submit', 'cancel'], nth=3)"
    assert eval(repr(fault)) == fault


def test_what_is_as_ever_is_not_told() -> None:
    assert repr(SimulatedQpu()) == "SimulatedQpu()"
    windows = SimulatedQpu("qpu:a", service_time=Constant(0.5), windows=[(0, 60)])
    assert repr(windows) == "SimulatedQpu('qpu:a', service_time=Constant(0.5), windows=Windows(((0.0, 60.0),)))"
    assert eval(repr(windows), globals() | {"Windows": Windows}) == windows


def test_faults_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        Fault(Dropped(), probability=1.5)
    with pytest.raises(InvalidArgument, match=r"on must be one of 'version', .*'unknown', not 'submitt'"):
        Fault(Dropped(), on="submitt")
    with pytest.raises(InvalidArgument, match=r"on must be one of .* not 5"):
        Fault(Dropped(), on=5)  # type: ignore[arg-type]
    for what in (Dropped, "dropped", None, 503):
        with pytest.raises(InvalidArgument, match=r"what must be what goes wrong, for example Dropped\(\), not "):
            Fault(what)  # type: ignore[arg-type]
    for nth in (-1, "first", [0, -1], 0.5):
        with pytest.raises(InvalidArgument, match="nth must be a whole number, at least 0, not "):
            Fault(Dropped(), nth=nth)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="probability must be a number from 0 to 1, not 'often'"):
        Fault(Dropped(), probability="often")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="seconds must be a number of seconds, 0 or more, not -1"):
        Slow(-1)
    with pytest.raises(InvalidArgument, match="keep must be a number from 0 to 1, not 2"):
        Truncated(2)
