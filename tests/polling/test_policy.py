"""The policy as a table: what it is told, and what it decides. No clock, no loop, no jobs."""

import random
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._polling.decisions import (
    Ask,
    Decision,
    Forecasted,
    GetForecast,
    Idle,
    Joined,
    Left,
    Observation,
    Sleep,
)
from qcaas_sdk._polling.policy import (
    LAST_CHECK_S,
    LONG_WAIT_S,
    MAX_CLOSED_PAUSE_S,
    MAX_PARALLEL,
    MAX_PROBES,
    PollingPolicy,
)

RTT_S = 0.01


def half() -> float:
    return 0.5


def joined(*names: str, at: float | None = None) -> list[Observation[str]]:
    return [Joined(name, place, at) for place, name in enumerate(names, 1)]


class Run:
    """A policy and a virtual now; jobs end when the test says."""

    def __init__(self, *, has_forecasts: bool = False) -> None:
        self.policy = PollingPolicy[str](has_forecasts=has_forecasts)
        self.now = 0.0
        self.ends: dict[str, float] = {}
        self.asked: list[tuple[float, str]] = []
        self.found: dict[str, float] = {}
        self.awaited: set[str] = set()
        self._news: list[Observation[str]] = []

    def join(self, ends: dict[str, float], at: float | None = None) -> None:
        self.ends |= ends
        self.awaited |= ends.keys()
        self._news += joined(*ends, at=at)

    def decide(self) -> Decision[str]:
        news, self._news = self._news, []
        decision = self.policy.step(news, self.now, half)
        match decision:
            case Ask(jobs):
                self.asked += [(self.now, job) for job in jobs]
                self.now += RTT_S
                for job in jobs:
                    assert job in self.awaited, "only awaited jobs are asked about"
                    if self.ends[job] <= self.now:
                        self.awaited.discard(job)
                        self.found[job] = self.now
                        self._news.append(Left(job))
            case Sleep(seconds):
                self.now += seconds
            case GetForecast() | Idle():
                pass
        return decision

    def until_idle(self, limit: int = 10_000) -> None:
        for _ in range(limit):
            if self.decide() == Idle():
                return
        raise AssertionError(f"not idle after {limit} steps; {self.awaited} are left")


def test_without_jobs_it_is_idle() -> None:
    assert PollingPolicy[str]().step([], 0.0, half) == Idle()


def test_a_job_of_unknown_length_is_asked_about_at_once_and_pauses_begin_at_the_round_trip() -> None:
    run = Run()
    run.join({"a": 100.0}, at=0.0)
    assert run.decide() == Ask(("a",))
    pauses = []
    while len(pauses) < 8:
        if isinstance(decision := run.decide(), Sleep):
            pauses.append(decision.seconds)
    assert pauses == pytest.approx([RTT_S * 2**n for n in range(7)] + [1.0])


def test_the_second_task_of_a_kind_costs_two_questions() -> None:
    run = Run()
    run.join({"first": 20.0}, at=0.0)
    run.until_idle()
    begin = run.now
    run.join({"second": begin + 20.0}, at=begin)
    asked_before = len(run.asked)
    run.until_idle()
    assert len(run.asked) - asked_before <= 2
    assert run.found["second"] - run.ends["second"] <= 0.5


def test_a_job_whose_submission_was_not_seen_is_asked_about_at_once() -> None:
    run = Run()
    run.join({"first": 20.0}, at=0.0)
    run.until_idle()
    run.join({"recovered": 0.0})
    assert run.decide() == Ask(("recovered",))


def test_jobs_that_have_all_ended_are_asked_about_once_each_and_eight_at_a_time() -> None:
    run = Run()
    run.join({f"{n}": 0.0 for n in range(200)})
    run.until_idle()
    assert len(run.asked) == 200
    moments = [moment for moment, _ in run.asked]
    assert max(moments.count(moment) for moment in moments) == MAX_PARALLEL


def test_one_check_asks_about_a_bounded_number_behind_the_head() -> None:
    run = Run()
    run.join({"head": 1e9} | {f"{n}": 50.0 for n in range(500)})
    while run.now < 51.0:
        begin = len(run.asked)
        while not isinstance(run.decide(), Sleep):
            pass
        assert len(run.asked) - begin <= 1 + MAX_PROBES + MAX_PARALLEL


def test_one_slow_task_is_not_a_length() -> None:
    run = Run()
    late = []
    for number, seconds in enumerate([0.84] + [0.02] * 30):
        begin = run.now
        run.join({f"{number}": begin + seconds}, at=begin)
        run.until_idle()
        late.append(run.found[f"{number}"] - run.ends[f"{number}"])
    assert max(late[1:4]) <= 0.1
    assert max(late[6:]) <= 3 * RTT_S


def test_a_last_check_comes_before_the_deadline() -> None:
    run = Run()
    run.join({"a": 1e9})
    run.policy.deadline_at = 120.0
    while run.now < 120.0:
        run.decide()
    last = max(moment for moment, _ in run.asked)
    assert last == pytest.approx(120.0 - LAST_CHECK_S, abs=0.1)


def test_a_forecast_is_asked_for_after_a_long_wait_and_a_closed_window_is_waited_for() -> None:
    run = Run(has_forecasts=True)
    run.join({"a": 1e9})
    while run.decide() != GetForecast():
        assert run.now < 2 * LONG_WAIT_S
    assert run.now >= LONG_WAIT_S
    opens_at = run.now + 3600.0
    decision = run.policy.step([Forecasted(opens_in_s=3600.0)], run.now, half)
    assert decision == Sleep(MAX_CLOSED_PAUSE_S)
    run.now = opens_at - 100.0
    assert isinstance(run.decide(), Ask)
    while not isinstance(decision := run.decide(), Sleep):
        pass
    assert run.now == pytest.approx(opens_at, abs=0.1)


def test_without_a_forecaster_none_is_asked_for() -> None:
    run = Run(has_forecasts=False)
    run.join({"a": 300.0})
    while "a" not in run.found:
        assert run.decide() != GetForecast()


def test_a_job_that_left_is_not_asked_about() -> None:
    policy = PollingPolicy[str]()
    policy.step(joined("a", "b"), 0.0, half)
    decision = policy.step([Left("a")], RTT_S, half)
    assert decision == Ask(("b",))


def test_a_job_that_joins_while_the_last_answer_is_on_its_way_starts_over() -> None:
    policy = PollingPolicy[str]()
    assert policy.step(joined("a"), 0.0, half) == Ask(("a",))
    assert policy.step([Left("a"), Joined("b")], RTT_S, half) == Ask(("b",))


LAST_ARRIVAL = 2000
"""The turn after which no job joins; without it, a queue may never be empty."""


@given(st.data())
def test_every_job_is_found_and_no_pause_is_negative(data: st.DataObject) -> None:
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    policy, now = PollingPolicy[int](has_forecasts=data.draw(st.booleans())), 0.0
    ends: dict[int, float] = {}
    news: list[Observation[int]] = []
    numbers = count()

    def arrive() -> None:
        for _ in range(data.draw(st.integers(1, 6))):
            job = next(numbers)
            ends[job] = now + data.draw(st.floats(0.0, 100.0))
            seen = data.draw(st.booleans())
            news.append(Joined(job, job if seen else None, now if seen else None))

    arrive()
    for turn in range(5000):
        decision = policy.step(news, now, rng.random)
        news = []
        match decision:
            case Ask(jobs):
                assert len(set(jobs)) == len(jobs) <= MAX_PARALLEL
                assert set(jobs) <= ends.keys()
                now += rng.uniform(0.0, 0.1)
                for job in jobs:
                    if ends[job] <= now:
                        del ends[job]
                        news.append(Left(job))
                if turn < LAST_ARRIVAL and rng.random() < 0.01:
                    arrive()
            case Sleep(seconds):
                assert seconds > 0.0
                now += seconds
            case GetForecast():
                if rng.random() < 0.5:
                    news.append(Forecasted(rng.choice([0.0, 1000.0]), rng.uniform(0.0, 1e4)))
            case Idle():
                assert not ends
                return
    raise AssertionError(f"not idle after 5,000 steps; {ends} at {now}")
