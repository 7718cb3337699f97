"""What the ends in a queue say: how long a task takes, and when the last one ended."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._polling.estimator import MAX_MARGIN_S, CompletionEstimator


def follow(estimator: CompletionEstimator, ends: list[float]) -> tuple[list[float], int]:
    """Look when the next end is due, and after a pause that doubles as long as it has not come; lags and looks."""
    lags, looks, now = [], 0, estimator.end
    for end in ends:
        now, pause = max(now, estimator.end + (estimator.length or 0.0) + estimator.margin), 0.1
        while True:
            looks += 1
            estimator.checked(now, int(now >= end), another_runs=now < end)
            if now >= end:
                break
            now += pause
            pause = min(2 * pause, max(1.0, 0.05 * (now - estimator.end)))
        lags.append(now - end)
    return lags, looks


@pytest.mark.parametrize("length", [0.5, 1.0, 7.0, 60.0])
def test_a_steady_queue_is_followed_within_the_margin(length: float) -> None:
    lags, looks = follow(CompletionEstimator(), [length * (n + 1) for n in range(100)])
    settled = sorted(lags[10:])
    assert settled[len(settled) // 2] <= 2 * min(0.1 * length, MAX_MARGIN_S)
    assert looks <= 100 + 3 * 100, "the first one is waited for blindly"


def test_an_expectation_that_is_too_late_corrects_itself() -> None:
    estimator = CompletionEstimator(length=11.0)
    estimator.begin(0.0)
    lags, _ = follow(estimator, [10.0 * (n + 1) for n in range(40)])
    assert max(lags[20:]) <= 1.0
    assert estimator.length == pytest.approx(10.0, rel=0.03)


def test_one_closed_window_does_not_change_the_length() -> None:
    estimator = CompletionEstimator()
    follow(estimator, [1.0 * (n + 1) for n in range(20)])
    follow(estimator, [10_000.0])
    assert estimator.length == pytest.approx(1.0, rel=0.1)


def test_two_long_tasks_in_a_row_do() -> None:
    estimator = CompletionEstimator()
    follow(estimator, [1.0 * (n + 1) for n in range(20)])
    follow(estimator, [30.0, 40.0])
    assert estimator.length == pytest.approx(10.0, rel=0.2)


def test_shorter_tasks_are_learned_within_their_number() -> None:
    estimator = CompletionEstimator()
    follow(estimator, [10.0 * (n + 1) for n in range(20)])
    estimator.checked(210.0, 100, another_runs=True)
    assert estimator.length is not None
    assert estimator.length <= 2.0


@given(st.lists(st.tuples(st.floats(0.001, 1000.0), st.integers(0, 50), st.booleans()), max_size=50))
def test_the_last_end_is_always_in_the_past_and_the_length_positive(
    looks: list[tuple[float, int, bool]],
) -> None:
    estimator, now = CompletionEstimator(), random.Random(0).uniform(0.0, 1e6)
    estimator.begin(now)
    for passed, ended, another_runs in looks:
        now += passed
        before = estimator.end
        estimator.checked(now, ended, another_runs=another_runs or not ended)
        assert before <= estimator.end <= now
        assert estimator.length is None or estimator.length > 0.0
        assert estimator.expected(now) >= 1


@pytest.mark.parametrize("length", [0.005, 0.02, 0.1])
def test_after_one_slow_task_the_length_of_short_ones_is_found_in_a_few(length: float) -> None:
    estimator, now, lags = CompletionEstimator(length=0.84), 0.0, list[float]()
    for _ in range(8):
        estimator.begin(now)
        begin, moment = now, estimator.early_check(now, round_trip_s=0.004) or now
        while moment < begin + length:
            estimator.checked(moment, 0, another_runs=True)
            due = estimator.end + (estimator.length or 0.0) + estimator.margin
            moment = max(due, moment + 0.004)
        estimator.checked(moment, 1, another_runs=False)
        lags.append(moment - begin - length)
        now = moment
    assert sum(lag > length for lag in lags) <= 4
    assert lags[-1] <= 0.3 * length + 0.004


def test_the_early_check_lies_between_the_round_trip_and_the_expected_end() -> None:
    estimator = CompletionEstimator(length=20.0)
    estimator.begin(100.0)
    check = estimator.early_check(100.0, round_trip_s=0.02)
    assert check is not None
    assert 100.02 < check < 110.0
    assert estimator.early_check(check, round_trip_s=0.02) is None, "one is enough where questions are not cheap"
    assert estimator.early_check(100.0, round_trip_s=30.0) is None, "nothing is noticed faster"


@given(length=st.floats(1.0, 1000.0), round_trip_s=st.floats(0.0005, 0.1))
def test_early_checks_cost_little_and_leave_no_large_gap_where_questions_are_cheap(
    length: float, round_trip_s: float
) -> None:
    estimator, moments = CompletionEstimator(length=length), [round_trip_s]
    estimator.begin(0.0)
    while (check := estimator.early_check(moments[-1], round_trip_s)) is not None:
        moments.append(check)
    questions = len(moments) - 1
    assert questions <= max(1, 0.0005 * length / round_trip_s)
    assert all(earlier < later < length for earlier, later in pairwise(moments))
    if round_trip_s <= length / 20_000:
        assert all(later <= 4 * earlier for earlier, later in pairwise([*moments, length]))
