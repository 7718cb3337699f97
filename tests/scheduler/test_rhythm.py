"""What a queue's ends teach: how long a task takes, and when the last one ended."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.scheduler.rhythm import LONGEST_MARGIN_S, Rhythm


def follow(rhythm: Rhythm, ends: list[float]) -> tuple[list[float], int]:
    """Look when the next end is due, and after a pause that doubles as long as it has not come; lags and looks."""
    lags, looks, now = [], 0, rhythm.end
    for end in ends:
        now, pause = max(now, rhythm.end + (rhythm.length or 0.0) + rhythm.margin), 0.1
        while True:
            looks += 1
            rhythm.looked(now, int(now >= end), another_runs=now < end)
            if now >= end:
                break
            now += pause
            pause = min(2 * pause, max(1.0, 0.05 * (now - rhythm.end)))
        lags.append(now - end)
    return lags, looks


@pytest.mark.parametrize("length", [0.5, 1.0, 7.0, 60.0])
def test_a_steady_queue_is_followed_within_the_margin(length: float) -> None:
    lags, looks = follow(Rhythm(), [length * (n + 1) for n in range(100)])
    settled = sorted(lags[10:])
    assert settled[len(settled) // 2] <= 2 * min(0.1 * length, LONGEST_MARGIN_S)
    assert looks <= 100 + 3 * 100, "the first one is waited for blindly"


def test_an_expectation_that_is_too_late_corrects_itself() -> None:
    rhythm = Rhythm(length=11.0)
    rhythm.begin(0.0)
    lags, _ = follow(rhythm, [10.0 * (n + 1) for n in range(40)])
    assert max(lags[20:]) <= 1.0
    assert rhythm.length == pytest.approx(10.0, rel=0.03)


def test_one_closed_window_does_not_change_the_length() -> None:
    rhythm = Rhythm()
    follow(rhythm, [1.0 * (n + 1) for n in range(20)])
    follow(rhythm, [10_000.0])
    assert rhythm.length == pytest.approx(1.0, rel=0.1)


def test_two_long_tasks_in_a_row_do() -> None:
    rhythm = Rhythm()
    follow(rhythm, [1.0 * (n + 1) for n in range(20)])
    follow(rhythm, [30.0, 40.0])
    assert rhythm.length == pytest.approx(10.0, rel=0.2)


def test_shorter_tasks_are_learned_within_their_number() -> None:
    rhythm = Rhythm()
    follow(rhythm, [10.0 * (n + 1) for n in range(20)])
    rhythm.looked(210.0, 100, another_runs=True)
    assert rhythm.length is not None
    assert rhythm.length <= 2.0


@given(st.lists(st.tuples(st.floats(0.001, 1000.0), st.integers(0, 50), st.booleans()), max_size=50))
def test_whatever_is_seen_the_last_end_lies_in_the_past_and_the_length_is_sane(
    looks: list[tuple[float, int, bool]],
) -> None:
    rhythm, now = Rhythm(), random.Random(0).uniform(0.0, 1e6)
    rhythm.begin(now)
    for passed, ended, another_runs in looks:
        now += passed
        before = rhythm.end
        rhythm.looked(now, ended, another_runs=another_runs or not ended)
        assert before <= rhythm.end <= now
        assert rhythm.length is None or rhythm.length > 0.0
        assert rhythm.expected(now) >= 1
