"""One record of a job: what changes it, who hears of that, and what can be done with it alone."""

import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import JobState
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._journal import read_journal
from qcaas_sdk._record import CompositeRecord, JobRecord, JobRequest, JobTransition, NullWriter, join
from qcaas_sdk._record.outputs import shared
from qcaas_sdk.diagrams.composite import composite_diagram, composite_timeline
from qcaas_sdk.diagrams.job import job_diagram, job_timeline
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on

DATA = Path(__file__).parents[1] / "written_before" / "data"
C, S, R, DONE, FAILED = (JobState[name] for name in ("CREATED", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED"))


class Heard(NullWriter):
    def __init__(self) -> None:
        self.transitions: list[JobTransition] = []

    def write_transition(self, transition: Any, run: Any, usage: Any) -> None:
        self.transitions.append(transition)


def record_heard_by() -> tuple[JobRecord, Heard, list[JobTransition]]:
    writer, observed = Heard(), list[JobTransition]()
    record = JobRecord(request=JobRequest("OPENQASM 3.0;", "qpu:1"), writer=writer)
    record.observe(lambda _, transition: observed.append(transition))
    return record, writer, observed


def transition(source: JobState, target: JobState) -> JobTransition:
    return JobTransition(source, target, "poll", "as told", datetime.now(UTC), 1.0)


def test_a_transition_that_the_machine_makes_is_kept_written_and_told() -> None:
    record, writer, observed = record_heard_by()
    made = transition(C, S)
    record.on_transition(made)
    assert record.transitions == writer.transitions == observed == [made]
    assert record.foreign == 0


def test_a_transition_of_the_past_is_neither_written_nor_told() -> None:
    record, writer, observed = record_heard_by()
    for past in (transition(C, S), transition(S, FAILED), transition(FAILED, C), transition(C, S)):
        record.apply(past)
    assert (writer.transitions, observed) == ([], [])
    assert (record.state, len(record.transitions), record.foreign) == (S, 4, 4)
    assert record.transitions[record.run_begin :] == record.transitions[3:]


def test_what_has_ended_begins_another_run() -> None:
    record, _, _ = record_heard_by()
    record.run.task_id = "task-1"
    record.apply(transition(C, S))
    record.apply(transition(S, FAILED))
    assert record.task_id == "task-1"
    record.apply(transition(FAILED, C))
    assert record.task_id is None


@given(st.lists(st.sampled_from(JobState), max_size=6), st.data())
def test_a_composite_counts_its_children(states: list[JobState], data: st.DataObject) -> None:
    children = []
    for state in states:
        child = JobRecord(request=JobRequest("OPENQASM 3.0;", "qpu:1"))
        child.apply(transition(C, state))
        children.append(child)
    composite = CompositeRecord.of(children)
    assert composite.counts == {state: states.count(state) for state in JobState}
    assert composite.state is join(composite.counts)
    if children:
        chosen = data.draw(st.sampled_from(children))
        before = chosen.state
        chosen.apply(transition(before, R))
        composite.on_child_change(chosen)
        assert composite.counts[R] == states.count(R) + (before is not R)


def test_pictures_are_drawn_from_a_journal_without_an_sdk() -> None:
    record = read_journal(DATA / "jobs.db").jobs[3]
    chart, clock = shipped_chart("job"), SystemClock()
    assert "mine: completed, run 3" in str(job_diagram(record, chart, clock))
    assert "completed" in str(job_timeline(record, chart, clock))
    composite = CompositeRecord.of(read_journal(DATA / "jobs.db").jobs.values())
    assert "10 jobs: running" in str(composite_diagram(composite, chart))
    assert "cancelled" in str(composite_timeline(composite, chart, clock))


def test_an_output_has_one_handle_and_can_be_pickled_without_its_job() -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            job = sdk.create_job(program="OPENQASM 2.0;")
            first = (await job.execute()).one
            (second,) = await job.execute()
            assert job.result is job.result is second is job.history[-1] is job.outputs.one
            assert job.history[0] is first
            assert (first.job, second.job) == (job, job)
            copy = pickle.loads(pickle.dumps(second))
            assert copy == second
            assert copy.job is None

    run_virtual(scenario())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_shared_texts_change_no_value(value: Any) -> None:
    assert shared(value) == value


def test_equal_texts_are_one() -> None:
    one, other = (shared({"config": "x" * n, "list": ["y" * n]}) for n in (50, 50))
    assert one["config"] is other["config"]
    assert one["list"][0] is other["list"][0]
