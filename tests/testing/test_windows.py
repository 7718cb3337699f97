"""Windows of virtual time: when it is open, and how work is spread over them."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.testing import Windows


@st.composite
def some_windows(draw: st.DrawFn) -> Windows:
    bounds = sorted(draw(st.sets(st.integers(0, 100), max_size=12)))
    return Windows(list(zip(bounds[::2], bounds[1::2], strict=False)))


def test_no_windows_means_always_open() -> None:
    assert Windows().next_open(7) == 7
    assert Windows().next_start(7) is None
    assert Windows().stretches(7, 3) == [(7, 10)]


def test_between_windows_it_is_closed_and_after_the_last_for_ever() -> None:
    windows = Windows([(10, 20), (30, 40)])
    assert [windows.next_open(moment) for moment in (0, 10, 19, 20, 30, 40)] == [10, 10, 19, 30, 30, inf]
    assert [windows.next_start(moment) for moment in (0, 10, 29, 30)] == [10, 30, 30, None]


def test_work_is_interrupted_by_the_close_of_a_window() -> None:
    assert Windows([(10, 20), (30, 40)]).stretches(15, 8) == [(15, 20), (30, 33)]


def test_work_that_finds_no_room_never_ends() -> None:
    assert Windows([(10, 20)]).stretches(15, 8) == [(15, 20), (inf, inf)]


@given(some_windows(), st.integers(0, 100), st.integers(0, 60))
def test_stretches_are_open_gapless_and_exactly_the_work(windows: Windows, moment: int, work_s: int) -> None:
    stretches = windows.stretches(moment, work_s)
    done = [stretch for stretch in stretches if stretch[0] < inf]
    for start, end in done:
        assert not windows.intervals or any(opens <= start and end <= closes for opens, closes in windows.intervals)
    if done == stretches:
        assert sum(end - start for start, end in done) == work_s
    reached = moment
    for start, end in done:
        assert windows.next_open(reached) == start, "it goes on as soon as it is open"
        reached = int(end)


@pytest.mark.parametrize("intervals", [[(5, 5)], [(5, 4)], [(0, 10), (9, 20)], [(10, 20), (0, 5)]])
def test_windows_that_make_no_sense_are_refused(intervals: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="in order and without overlap"):
        Windows(intervals)
