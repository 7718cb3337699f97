"""A QPU's queue: one at a time, first come first served, only when it is open, never idle without need.

Random histories of submissions and cancels at random moments, with windows; all moments are whole numbers, so that
sums are exact.
"""

from itertools import pairwise
from math import inf

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.testing import (
    Completed,
    Execution,
    Expires,
    Exponential,
    Failed,
    NeverEnds,
    Outcome,
    SimulatedQpu,
)
from qcaas_sdk.testing.cloud.queueing import QpuQueue
from qcaas_sdk.testing.cloud.tasks import SimulatedTask, TaskStatus
from tests.testing.test_windows import some_windows

HORIZON = 1000.0


@define
class Step:
    """Something that happens at the queue.

    Attributes:
        at: When.
        outcomes: What becomes of the tasks that are submitted together.
        cancel: The number of a task that is cancelled, if it is there by then.
    """

    at: float
    outcomes: tuple[Outcome, ...] = ()
    cancel: int | None = None


seconds = st.integers(0, 30).map(float)
outcomes = st.one_of(
    st.builds(Completed, results=st.just({}), takes_s=seconds),
    st.builds(Failed, takes_s=seconds),
    st.builds(NeverEnds, takes_s=seconds),
    st.just(Expires()),
)
steps = st.lists(
    st.builds(
        Step,
        at=st.integers(0, 150).map(float),
        outcomes=st.lists(outcomes, max_size=3).map(tuple),
        cancel=st.none() | st.integers(0, 10),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda step: step.at))


@define
class History:
    tasks: list[SimulatedTask]
    runs: list[Execution]
    queue: QpuQueue


def play(qpu: SimulatedQpu, script: list[Step], looks: tuple[float, ...] = (), seed: int = 0) -> History:
    runs: list[Execution] = []
    history = History([], runs, QpuQueue(qpu, seed, runs))
    for step in sorted([*script, *map(Step, looks)], key=lambda step: step.at):
        history.queue.advance(step.at)
        for outcome in step.outcomes:
            task = SimulatedTask(id=str(len(history.tasks)), qpu_id=qpu.id, tag=None, times={})
            task.program, task.outcome = "program", outcome
            history.tasks.append(task)
            history.queue.submit(task, step.at)
        if step.cancel is not None and step.cancel < len(history.tasks):
            history.queue.cancel(history.tasks[step.cancel], step.at)
    history.queue.advance(HORIZON)
    return history


def stretches(runs: list[Execution]) -> list[tuple[float, float]]:
    return [stretch for run in runs for stretch in (run.stretches if run.end is not None else [(run.start, HORIZON)])]


qpus = st.builds(
    SimulatedQpu,
    windows=some_windows(),
    in_order=st.booleans(),
    cancel_takes_s=st.sampled_from([0.0, 3.0, 20.0]),
)


@given(qpus, steps)
def test_one_task_at_a_time(qpu: SimulatedQpu, script: list[Step]) -> None:
    worked = stretches(play(qpu, script).runs)
    assert all(end <= start for (_, end), (start, _) in pairwise(worked))


@given(qpus, steps)
def test_nothing_runs_inside_a_closed_window(qpu: SimulatedQpu, script: list[Step]) -> None:
    for run in play(qpu, script).runs:
        for start, end in run.stretches:
            assert not qpu.windows.intervals or any(
                opens <= start and min(end, HORIZON) <= closes for opens, closes in qpu.windows.intervals
            )


@given(qpus, steps)
def test_first_come_first_served_unless_it_is_not_in_order(qpu: SimulatedQpu, script: list[Step]) -> None:
    runs = play(evolve(qpu, in_order=True), script).runs
    assert [int(run.task_id) for run in runs] == sorted(int(run.task_id) for run in runs)


@given(qpus, steps)
def test_each_task_runs_at_most_once(qpu: SimulatedQpu, script: list[Step]) -> None:
    runs = play(qpu, script).runs
    assert len({run.task_id for run in runs}) == len(runs)


@given(qpus, steps)
def test_it_is_never_idle_while_it_is_open_and_somebody_waits(qpu: SimulatedQpu, script: list[Step]) -> None:
    history = play(qpu, script)
    worked = stretches(history.runs)
    for task in history.tasks:
        submitted = task.times[TaskStatus.SUBMITTED]
        waited_until = task.times.get(TaskStatus.RUNNING)
        if waited_until is None:
            waited_until = task.times[task.status] if task.ended else HORIZON
        open_until, moment = waited_until, submitted
        for start, end in [*worked, (waited_until, waited_until)]:
            if end <= moment or moment >= open_until:
                continue
            assert qpu.windows.next_open(moment) >= min(start, open_until), f"idle at {moment}: {history}"
            moment = end


@given(qpus, steps)
def test_what_is_billed_is_what_was_worked(qpu: SimulatedQpu, script: list[Step]) -> None:
    history = play(qpu, script)
    for run in history.runs:
        task = history.tasks[int(run.task_id)]
        assert isinstance(task.outcome, Completed | Failed | NeverEnds)
        assert task.outcome.takes_s is not None
        if task.status in {TaskStatus.COMPLETED, TaskStatus.FAILED}:
            assert run.billed_s == task.outcome.takes_s
            assert run.end == task.times[task.status]
        else:
            assert run.billed_s <= task.outcome.takes_s


@given(qpus, steps, st.lists(st.integers(0, 300).map(float), max_size=20).map(tuple), st.integers())
def test_looking_changes_nothing(qpu: SimulatedQpu, script: list[Step], looks: tuple[float, ...], seed: int) -> None:
    qpu = evolve(qpu, service_time=Exponential(5.0))
    script = [evolve(step, outcomes=tuple(evolve_time(outcome) for outcome in step.outcomes)) for step in script]
    unseen, seen = play(qpu, script, seed=seed), play(qpu, script, looks, seed=seed)
    assert [(run.task_id, run.start, run.end) for run in unseen.runs] == [
        (run.task_id, run.start, run.end) for run in seen.runs
    ]
    assert [(task.status, task.times) for task in unseen.tasks] == [(task.status, task.times) for task in seen.tasks]


def evolve_time(outcome: Outcome) -> Outcome:
    """The outcome, with the QPU's own service time, which is drawn."""
    return outcome if isinstance(outcome, Expires) else evolve(outcome, takes_s=None)


def test_out_of_order_means_that_later_ones_may_go_first() -> None:
    script = [Step(0.0, tuple(Completed({}, takes_s=1.0) for _ in range(20)))]
    runs = play(SimulatedQpu(in_order=False), script).runs
    order = [int(run.task_id) for run in runs]
    assert order != sorted(order)
    assert sorted(order) == list(range(20))
    assert order == [int(run.task_id) for run in play(SimulatedQpu(in_order=False), script).runs]


@pytest.mark.parametrize(("holds", "second"), [(False, TaskStatus.COMPLETED), (True, TaskStatus.SUBMITTED)])
def test_a_task_that_never_ends_holds_the_queue_only_if_told_to(holds: bool, second: TaskStatus) -> None:
    endless = NeverEnds(holds_the_queue=holds, takes_s=5.0)
    history = play(SimulatedQpu(), [Step(0.0, (endless, Completed({}, takes_s=1.0)))])
    assert [task.status for task in history.tasks] == [TaskStatus.RUNNING, second]


def test_the_cancel_of_a_run_frees_the_qpu_and_bills_what_was_worked() -> None:
    qpu = SimulatedQpu(windows=[(0, 10), (20, 100)])
    script = [Step(0.0, (Completed({}, takes_s=50.0), Completed({}, takes_s=1.0))), Step(25.0, cancel=0)]
    history = play(qpu, script)
    assert [task.status for task in history.tasks] == [TaskStatus.CANCELLED, TaskStatus.COMPLETED]
    assert [(run.start, run.end, run.billed_s) for run in history.runs] == [(0, 25, 15), (25, 26, 1)]


def test_a_cancelled_task_that_waits_never_runs() -> None:
    script = [Step(0.0, (Completed({}, takes_s=5.0), Completed({}, takes_s=1.0))), Step(1.0, cancel=1)]
    history = play(SimulatedQpu(), script)
    assert [run.task_id for run in history.runs] == ["0"]


@pytest.mark.parametrize("takes_s", [3.0, 5.0])
def test_a_cancellation_takes_its_time_while_a_task_waits_too(takes_s: float) -> None:
    script = [Step(0.0, (Completed({}, takes_s=6.0), Completed({}, takes_s=1.0))), Step(1.0, cancel=1)]
    history = play(SimulatedQpu(cancel_takes_s=takes_s), script, looks=(2.0,))
    assert [run.task_id for run in history.runs] == ["0"]
    assert history.tasks[1].times == {TaskStatus.SUBMITTED: 0.0, TaskStatus.CANCELLED: 1.0 + takes_s}


@pytest.mark.parametrize(("works_s", "status", "end"), [(1.0, "COMPLETED", 7.0), (9.0, "CANCELLED", 8.0)])
def test_a_task_whose_cancellation_is_slow_may_start_and_end_before(works_s: float, status: str, end: float) -> None:
    script = [Step(0.0, (Completed({}, takes_s=6.0), Completed({}, takes_s=works_s))), Step(1.0, cancel=1)]
    history = play(SimulatedQpu(cancel_takes_s=7.0), script)
    assert [(run.start, run.end) for run in history.runs] == [(0.0, 6.0), (6.0, end)]
    assert (history.tasks[1].status, history.tasks[1].times[TaskStatus(status)]) == (status, end)


def test_an_expired_task_is_not_cancelled_later() -> None:
    script = [Step(0.0, (Completed({}, takes_s=3.0), Expires())), Step(1.0, cancel=1)]
    assert play(SimulatedQpu(cancel_takes_s=7.0), script).tasks[1].status is TaskStatus.EXPIRED


def test_estimates_count_those_before_and_the_windows() -> None:
    qpu = SimulatedQpu(windows=[(0, 10), (100, 200)])
    queue = QpuQueue(qpu, 0, [])
    tasks = [SimulatedTask(id=str(n), qpu_id=qpu.id, tag=None, times={}) for n in range(20)]
    for task in tasks:
        queue.submit(task, 0.0)
    queue.advance(0.0)
    assert queue.position(tasks[0]) is None, "it runs"
    assert [queue.position(tasks[n]) for n in (1, 2, 19)] == [0, 1, 18]
    assert [queue.estimated_start(n, 0.0) for n in (0, 8, 9, 18)] == [1.0, 9.0, 100.0, 109.0]
    assert queue.length == 20
    assert queue.estimated_start(200, 0.0) is None, "the windows do not suffice"


@pytest.mark.slow
def test_ten_thousand_tasks_are_cheap() -> None:
    script = [Step(0.0, tuple(Completed({}, takes_s=0.01) for _ in range(10_000)))]
    history = play(SimulatedQpu(), script)
    assert len(history.runs) == 10_000
    assert max(run.end or inf for run in history.runs) == pytest.approx(100.0)
