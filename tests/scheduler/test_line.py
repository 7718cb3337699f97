"""A queue as this side knows it: in the order of submission, whoever waits first."""

from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._record import JobRecord, JobRequest
from qcaas_sdk.scheduler.line import Line


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2, 3, 4]), st.booleans()), max_size=30))
def test_it_is_sorted_by_place_and_then_by_arrival(arrivals: list[tuple[int | None, bool]]) -> None:
    line, inside = Line(), list[JobRecord]()
    for place, leaves in arrivals:
        job = JobRecord(request=JobRequest("OPENQASM 2.0;", "qpu:1"))
        job.run.place = place
        line.add(job)
        inside.append(job)
        assert job in line
        if leaves:
            gone = inside.pop(len(inside) // 2)
            line.discard(gone)
            line.discard(gone)
            assert gone not in line
        inside.sort(key=lambda other: other.run.place or 0)
        assert line.first(1) + line.behind_the_head() == inside
        assert line.first(3) == inside[:3]
        assert len(line) == len(inside)
