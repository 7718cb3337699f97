"""How long a QPU works on a task."""

from random import Random
from statistics import fmean

import pytest

from qcaas_sdk import InvalidArgument
from qcaas_sdk.testing import Constant, Exponential, Schedule, ServiceTime, Uniform


@pytest.mark.parametrize("service_time", [Constant(3.0), Exponential(3.0), Uniform(1.0, 5.0)])
def test_the_mean_is_the_mean(service_time: ServiceTime) -> None:
    rng = Random(1)
    drawn = [service_time.draw(rng, 0.0) for _ in range(20_000)]
    assert min(drawn) >= 0
    assert fmean(drawn) == pytest.approx(service_time.mean(0.0), rel=0.03)


def test_a_schedule_jumps() -> None:
    schedule = Schedule([(10.0, Constant(1.0)), (100.0, Constant(9.0))])
    assert [schedule.draw(Random(0), moment) for moment in (0.0, 10.0, 99.9, 100.0, 1e9)] == [1, 1, 1, 9, 9]
    assert schedule.mean(200.0) == 9


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"seconds must be a number of seconds, 0 or more, not -1\.0"):
        Constant(-1.0)
    with pytest.raises(InvalidArgument, match="shortest_s must be a number of seconds, 0 or more, not 'x'"):
        Uniform("x", 1.0)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="mean_s must be a number of seconds above 0, not 0"):
        Exponential(0)
    with pytest.raises(ValueError, match="from the shorter"):
        Uniform(2.0, 1.0)
    with pytest.raises(ValueError, match="in order"):
        Schedule([(10.0, Constant(1.0)), (5.0, Constant(1.0))])
    with pytest.raises(ValueError, match="at least one step"):
        Schedule([])
