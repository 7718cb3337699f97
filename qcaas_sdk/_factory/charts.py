"""The charts of the jobs of an SDK: `job`, and one that extends it. Each job keeps the chart that it began on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from qcaas_sdk import _callbacks
from qcaas_sdk._base.clock import Clock
from qcaas_sdk._callbacks import JobEffects
from qcaas_sdk._factory.automation import PolicyAutomation
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._record import JobRecord, JobState, PolicyState
from qcaas_sdk.errors import ChartMismatch, InvalidArgument
from qcaas_sdk.statechart import Callbacks, Chart, Gate, Machine, load_chart, shipped_chart

JOB = "job"
"""The chart of all jobs that are not given another."""


class Policy(NamedTuple):
    """The chart of new jobs, and what its names mean.

    Attributes:
        chart: The chart; it extends `job`.
        callbacks: The guards and actions that it adds.
    """

    chart: Chart
    callbacks: "_callbacks.JobCallbacks | None"


def policy_of(job_chart: Chart | str | Path | None, callbacks: "_callbacks.JobCallbacks | None") -> Policy | None:
    """The policy of the arguments of an SDK; None for the chart `job`.

    Raises:
        InvalidArgument: The chart does not extend `job`, or the callbacks are not valid.
        BadStatechart: The chart cannot be read, or has errors.
    """
    if callbacks is not None and not isinstance(callbacks, _callbacks.JobCallbacks):
        raise arguments.wrong("callbacks", "JobCallbacks", callbacks)
    if job_chart is None:
        chart = shipped_chart(JOB)
    elif isinstance(job_chart, Chart):
        chart = job_chart
    else:
        path = arguments.path(job_chart, "job_chart")
        is_name = len(path.parts) == 1 and path.suffix in {"", ".yaml"} and not path.exists()
        chart = shipped_chart(path.stem) if is_name else load_chart(path)
    if chart == shipped_chart(JOB):
        if callbacks is not None:
            raise InvalidArgument(
                "the chart 'job' has no names for callbacks: pass job_chart= too", argument="callbacks"
            )
        return None
    base: Chart | None = chart
    while base is not None and base.base is not None:
        base = base.base
    if base != shipped_chart(JOB):
        raise InvalidArgument(
            f"the chart {chart.name!r} does not extend 'job': write 'extends: job' in it", argument="job_chart"
        )
    return Policy(chart, callbacks)


class JobCharts:
    """A machine for each chart that the jobs of an SDK can run on.

    Attributes:
        machine: The machine of new jobs.
    """

    def __init__(
        self,
        effects: JobEffects,
        clock: Clock,
        guard: LoopGuard,
        policy: Policy | None,
        gates: Mapping[str, Gate[JobRecord]],
    ) -> None:
        """No job runs yet.

        Args:
            effects: The effects of the chart `job`.
            clock: The source of time.
            guard: Refuses calls from another event loop.
            policy: The chart of new jobs, if it is not `job`.
            gates: What triggers with some effects wait for.

        Raises:
            BadStatechart: The callbacks do not have the names of the chart.
        """

        def machine(
            chart: Chart, callbacks: Callbacks[JobRecord, Any], automation: PolicyAutomation | None
        ) -> Machine[JobRecord, Any]:
            return Machine(
                chart,
                callbacks,
                clock=clock,
                state_type=JobState.of,
                before_each=guard.check,
                automation=automation,
                gates=gates,
                on_error=JobRecord.on_error,
            )

        self._guard = guard
        self._plain = self.machine = machine(shipped_chart(JOB), effects.callbacks(), None)
        self._policy: Chart | None = None
        if policy is not None:
            self._policy = policy.chart
            self._automation = PolicyAutomation(policy.chart, clock)
            callbacks = _callbacks.extended_callbacks(policy.chart, effects.callbacks(), policy.callbacks)
            self.machine = machine(policy.chart, callbacks, self._automation)
            self._automation.use(self.machine)

    def begin(self) -> PolicyState | None:
        """Where a new job is in its chart; None if that is `job`."""
        chart = self._policy
        return None if chart is None else PolicyState(chart.name, chart.version, chart.initial)

    def machine_of(self, job: JobRecord) -> Machine[JobRecord, Any]:
        """The machine of the chart that a job runs on."""
        return self._plain if job.policy is None else self.machine

    def check(self, job: JobRecord) -> None:
        """Check that a job can go on here; another version of its chart will do if it knows the job's state.

        Raises:
            ChartMismatch: The SDK does not have its chart, or the chart does not know its state.
        """
        if (policy := job.policy) is None:
            return
        about = f"{job!r} runs on the chart {policy.chart!r}"
        chart = self._policy
        if chart is None or chart.name != policy.chart:
            raise ChartMismatch(
                f"{about}, version {policy.version}: open the SDK with job_chart= that chart, and its callbacks",
                chart=policy.chart,
                place=policy.place,
            )
        shown = {state.name: state.shows_as for state in chart.states}
        if shown.get(policy.place) != job.state.lower():
            raise ChartMismatch(
                f"{about} and is in {policy.place!r} there, which version {chart.version} in {chart.file} does not "
                f"know as a state that shows as {job.state.lower()!r}: add it, or use version {policy.version}",
                chart=policy.chart,
                place=policy.place,
            )

    def resume(self, job: JobRecord) -> None:
        """Go on with what the chart of a job does by itself."""
        if job.policy is not None:
            job.policy.version = self.machine.chart.version
            self._automation.resume(job)

    def forget_due(self, job: JobRecord) -> None:
        """Drop the delayed transitions of a job."""
        if job.policy is not None:
            self._automation.left(job)
            self.machine.settle(job)

    async def close(self) -> None:
        """Stop what charts do by themselves; what is due stays noted."""
        if self._policy is not None:
            await self._automation.close()

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        if self._policy is not None:
            self._automation.drop()
