"""A queue as this client knows it: in the order of submission, whoever waits first."""

from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._polling.submission_order import SubmissionOrder


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2, 3, 4]), st.integers(0, 3)), max_size=60))
def test_it_is_sorted_by_place_and_then_by_arrival(arrivals: list[tuple[int | None, int]]) -> None:
    order, inside = SubmissionOrder[int](), list[tuple[int, int]]()
    for job, (place, leaving) in enumerate(arrivals):
        order.add(job, place)
        inside.append((place or 0, job))
        inside.sort()
        assert job in order
        for _ in range(min(leaving, len(inside))):
            _, gone = inside.pop(len(inside) // 2)
            order.discard(gone)
            order.discard(gone)
            assert gone not in order
        assert list(order) == [job for _, job in inside]
        assert order.first(3) == [job for _, job in inside[:3]]
        assert len(order) == len(inside)


def test_a_job_that_leaves_and_comes_back_is_there_once() -> None:
    order = SubmissionOrder[str]()
    for place, job in enumerate("abc", 1):
        order.add(job, place)
    order.discard("a")
    order.add("a", 4)
    assert list(order) == ["b", "c", "a"]
