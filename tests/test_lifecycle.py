"""Random triggers, answers, faults and cancelled awaits on one job: the invariants of its life hold throughout.

Only moves of the chart happen; result and error are exactly where they belong; one run that ends adds one entry to
history; one run executes at most once and none is lost; no request about a task leaves outside a transition; an await
that is cancelled or timed out leaves a legal state and a free lock.
"""

import asyncio
import contextlib
import random
import warnings
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qcaas_sdk import IllegalTransition, JobState, OqcSdk, QcaasError, ServerWarning
from qcaas_sdk.statechart import shipped_chart
from tests.fake_service import FAULTS, QPU, URL, FakeService

CHART = shipped_chart("job")
MOVES = {
    (JobState.of(source), transition.trigger, JobState.of(target)) for source, transition, _, target in CHART.moves()
}


class PassingClock:
    """Time that passes only by sleeping, and gives others their turn."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class JobLifecycle(RuleBasedStateMachine):
    """One job, its service, and everything that can be done to both."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.service = FakeService()

    @initialize(second_submission=st.sampled_from([200, 400, 409]), seed=st.integers(0, 9))
    def open(self, second_submission: int, seed: int) -> None:
        random.seed(seed)
        self.service.second_submission = second_submission
        self.sdk = OqcSdk(
            URL,
            "token",
            default_qpu_id=QPU,
            http_transport=httpx.MockTransport(self.service),
            clock=PassingClock(),
        )
        self.runner.run(self.sdk.open())
        self.job = self.sdk.create_job(program="OPENQASM 2.0;")

    def do(self, work: Coroutine[Any, Any, Any], steps: int | None = None) -> None:
        """Run to the end, or cancel the await after so many turns of the loop."""

        async def driven() -> None:
            task = asyncio.create_task(work)
            if steps is not None:
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
            with contextlib.suppress(QcaasError, asyncio.CancelledError):
                await task

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ServerWarning)
            self.runner.run(driven())

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=5))
    def trouble_comes(self, faults: list[str]) -> None:
        self.service.faults.extend(faults)

    @rule(status=st.sampled_from(["RUNNING", "COMPLETED", "FAILED", "EXPIRED", "CANCELLED", "TRANSMOGRIFIED"]))
    def the_server_moves_on(self, status: str) -> None:
        for task in self.service.tasks.values():
            if task.status != "CREATED":  # nobody but its owner touches a mere reservation
                self.service.end(task, status)

    @rule(steps=st.none() | st.integers(0, 12))
    def submit(self, steps: int | None) -> None:
        self.do(self.job.submit(), steps)

    @rule(steps=st.none() | st.integers(0, 12))
    def refresh(self, steps: int | None) -> None:
        self.do(self.job.refresh(), steps)

    @rule(steps=st.none() | st.integers(0, 12))
    def cancel(self, steps: int | None) -> None:
        self.do(self.job.cancel(), steps)

    @rule(steps=st.integers(0, 60))
    def wait_a_while(self, steps: int) -> None:
        self.do(self.job.wait(), steps)

    @rule(callers=st.integers(1, 3), steps=st.integers(0, 60))
    def execute_together(self, callers: int, steps: int) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.job.execute() for _ in range(callers)), return_exceptions=True)

        self.do(together(), steps)

    @rule(program=st.sampled_from(["OPENQASM 3.0;", "OPENQASM 2.0; // REFUSE", ""]))
    def reconfigure(self, program: str) -> None:
        before = (self.job.state, self.job.request, self.job.history.all())
        try:
            self.job.reconfigure(program=program)
        except (IllegalTransition, ValueError):
            assert (self.job.state, self.job.request, self.job.history.all()) == before
        else:
            assert (self.job.state, self.job.program) == (JobState.CREATED, program)

    @invariant()
    def only_moves_of_the_chart_have_happened(self) -> None:
        at = JobState.CREATED
        for event in self.job.transitions:
            assert event.source is at
            assert (event.source, event.trigger, event.target) in MOVES
            at = event.target
        assert self.job.state is at

    @invariant()
    def result_and_error_are_where_they_belong(self) -> None:
        assert (self.job.result is not None) == (self.job.state is JobState.COMPLETED)
        assert (self.job.error is not None) == (self.job.state is JobState.FAILED)

    @invariant()
    def each_run_that_ended_is_in_history_once(self) -> None:
        ends = [e for e in self.job.transitions if e.target in {JobState.COMPLETED, JobState.FAILED}]
        assert len(self.job.history) == len(ends)
        assert [output.ok for output in self.job.history] == [e.target is JobState.COMPLETED for e in ends]
        sent = [output.task_id for output in self.job.history]
        assert len(sent) == len(set(sent))

    @invariant()
    def nothing_about_a_task_was_sent_outside_a_transition(self) -> None:
        assert self.service.outside == []

    @invariant()
    def the_job_is_free(self) -> None:
        assert self.job._lock is None

    @invariant()
    def no_run_executes_twice(self) -> None:
        assert all(task.submissions <= 1 and task.executions <= 1 for task in self.service.tasks.values())
        runs = 1 + sum(event.trigger == "reset" for event in self.job.transitions)
        unsent = sum(task.submissions == 0 for task in self.service.tasks.values())
        assert len(self.service.tasks) - unsent <= runs

    @invariant()
    def no_task_is_sent_again_that_the_server_has(self) -> None:
        assert self.service.repeated == []

    @invariant()
    def the_server_agrees_with_what_the_job_says(self) -> None:
        task = self.service.tasks.get(self.job.task_id or "")
        if task is None or self.job.current_run.in_doubt:
            return
        agreeing = {
            JobState.CREATED: {"CREATED"},
            JobState.COMPLETED: {"COMPLETED"},
            JobState.FAILED: {"FAILED", "EXPIRED"} | ({"CREATED"} if "REFUSE" in self.job.program else set()),
            JobState.CANCELLED: {"CANCELLED", "CREATED"},
        }.get(self.job.state)
        assert agreeing is None or task.status in agreeing

    def teardown(self) -> None:
        self.service.faults.clear()
        if hasattr(self, "sdk"):
            self.service.on_submit = lambda task: self.service.end(task, "COMPLETED")
            for task in self.service.tasks.values():
                self.service.end(task, "COMPLETED")
            self.do(self.job.wait())
            assert self.job.ended, "once the trouble is over, a wait comes to its end"
            self.only_moves_of_the_chart_have_happened()
            self.no_run_executes_twice()
            self.runner.run(self.sdk.close())
        self.runner.close()


TestJobLifecycle = JobLifecycle.TestCase
TestJobLifecycle.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
