"""A sample: rounds without repetition, and nothing of jobs that have left."""

import gc
import random
from weakref import WeakSet

from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._polling.sample import Sample
from qcaas_sdk._polling.submission_order import SubmissionOrder


class Job:
    """Something that can be watched."""


@given(rng=st.randoms(use_true_random=False), jobs=st.integers(1, 20), data=st.data())
def test_each_job_behind_the_head_is_drawn_once_a_round(rng: random.Random, jobs: int, data: st.DataObject) -> None:
    order = SubmissionOrder[int]()
    sample = Sample(order)
    for job in range(jobs):
        order.add(job, job + 1)
        sample.add(job)
    for _ in range(3):
        sample.begin_round()
        drawn = list[int]()
        while batch := sample.draw(data.draw(st.integers(1, 5)), rng.random):
            drawn += batch
            if len(order) > 1 and data.draw(st.booleans()):
                last = list(order)[-1]
                order.discard(last)
                sample.discard(last)
        assert len(drawn) == len({*drawn})
        assert {*list(order)[1:]} <= {*drawn}


@given(st.lists(st.booleans(), max_size=60), st.randoms(use_true_random=False))
def test_jobs_that_leave_are_forgotten_at_once(joins: list[bool], rng: random.Random) -> None:
    order = SubmissionOrder[Job]()
    sample = Sample(order)
    seen, inside = WeakSet[Job](), list[Job]()
    for joins_now in joins:
        if joins_now or not inside:
            inside.append(Job())
            seen.add(inside[-1])
            order.add(inside[-1], None)
            sample.add(inside[-1])
        else:
            gone = inside.pop(rng.randrange(len(inside)))
            order.discard(gone)
            sample.discard(gone)
            del gone
        sample.begin_round()
        sample.draw(2, rng.random)
        gc.collect(0)
        assert {*seen} == {*inside}
        assert list(order) == inside
