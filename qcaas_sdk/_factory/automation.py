"""What jobs do without a trigger: the delays and counts of charts that extend `job`. They belong to the SDK."""

import asyncio
from collections import Counter
from contextlib import suppress
from contextvars import Context
from datetime import timedelta
from typing import Any

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._record import JobRecord
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.statechart import Chart, Machine, TransitionRule
from qcaas_sdk.statechart.model import AUTOMATIC


class PolicyAutomation:
    """Counts automatic transitions and makes delayed ones when they are due, whether or not any code waits for a job.

    A delay is kept in wall time, in the record and in the journal. Between `close` and `resume` time passes, but
    nothing happens.
    """

    def __init__(self, chart: Chart, clock: Clock) -> None:
        """Nothing is delayed yet.

        Args:
            chart: The chart, which extends `job`.
            clock: The source of time.
        """
        self._chart = chart
        self._keys = _keys(chart)
        self._clock = clock
        self._machine: Machine[JobRecord, Any] | None = None
        self._tasks: dict[JobRecord, dict[str, asyncio.Task[None]]] = {}

    def use(self, machine: Machine[JobRecord, Any]) -> None:
        """Let this machine make the transitions."""
        self._machine = machine

    # What the machine tells.

    def count(self, job: JobRecord, rule: TransitionRule) -> int:
        """How often the transition has happened since the user began the run."""
        return job.policy.counts.get(self._keys[rule], 0) if job.policy is not None else 0

    def happened(self, job: JobRecord, rule: TransitionRule) -> None:
        """Count one more; durable before anything is submitted, because the journal keeps the order."""
        if job.policy is not None:
            job.policy.counts[self._keys[rule]] = self.count(job, rule) + 1
            job.policy.again = job.policy.again or (rule.fires and rule.trigger == self._chart.reset)
            job.write_policy()

    def delay(self, job: JobRecord, rule: TransitionRule, seconds: float) -> None:
        """Note when the transition is due, and begin to wait for it."""
        if job.policy is not None:
            job.policy.due[self._keys[rule]] = self._clock.wall() + timedelta(seconds=seconds)
            job.write_policy()
            self._begin(job, rule)

    def left(self, job: JobRecord) -> None:
        """Nothing is due any more."""
        if job.policy is not None and job.policy.due:
            job.policy.due.clear()
            job.write_policy()
        for task in self._tasks.pop(job, {}).values():
            if task is not _current():
                task.cancel()

    def waits(self, job: JobRecord) -> bool:
        """Whether something is due later."""
        return job.policy is not None and bool(job.policy.due)

    # What the SDK tells.

    def resume(self, job: JobRecord) -> None:
        """Wait for what is due of a job; also for what another process has delayed. What waits already goes on."""
        if job.policy is None:
            return
        for rule in self._chart.automatic.get(job.place, ()):
            if self._keys[rule] in job.policy.due:
                self._begin(job, rule)
        known = {self._keys[rule] for rule in self._chart.automatic.get(job.place, ())}
        for key in [*job.policy.due]:  # the chart has changed
            if key not in known:
                del job.policy.due[key]
        if self._machine is not None:
            if not job.run_ended and not job.policy.due and job.lock is None:
                self._machine.begin(job)
            self._machine.settle(job)

    async def close(self) -> None:
        """Wait for nothing any more. What is due stays noted."""
        tasks = [task for some in self._tasks.values() for task in some.values() if task is not _current()]
        self.drop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        self._tasks = {}

    def _begin(self, job: JobRecord, rule: TransitionRule) -> None:
        running = self._tasks.get(job, {}).get(self._keys[rule])
        if running is not None and running is not _current() and not running.done():
            return
        with suppress(RuntimeError):  # no loop runs here: `resume` begins
            loop = asyncio.get_running_loop()
            # A context of its own: neither the transition that runs now nor the caller's deadline is meant.
            self._tasks.setdefault(job, {})[self._keys[rule]] = loop.create_task(
                self._wait(job, rule), name=f"{AUTOMATIC}{rule.trigger}", context=Context()
            )

    async def _wait(self, job: JobRecord, rule: TransitionRule) -> None:
        policy, machine, key = job.policy, self._machine, self._keys[rule]
        assert policy is not None
        assert machine is not None
        seconds = (policy.due[key] - self._clock.wall()).total_seconds()
        await self._clock.sleep(min(max(seconds, 0.0), rule.after_s or 0.0))
        due_at, place, count = policy.due.pop(key), policy.place, self.count(job, rule)
        declared = self._chart.transition(place, rule.trigger)
        try:
            await machine.due(job, rule)
        except Exception as error:
            asked = declared is not None and declared.effect is not None and policy.place == place
            if asked and isinstance(error, QcaasError):
                pass  # a request failed: the job keeps its state; who waits for it tries again, and gets the error
            elif not job.on_error(error):
                message = f"no code waits for {job!r}, and an automatic transition of it raised an error"
                asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})
        except asyncio.CancelledError:
            if (policy.place, self.count(job, rule)) == (place, count):  # the SDK was closed before its turn came
                policy.due.setdefault(key, due_at)
            raise
        finally:
            tasks = self._tasks.get(job, {})
            if tasks.get(key) is _current():
                del tasks[key]
            if not tasks:
                self._tasks.pop(job, None)
            if job.lock is None:  # otherwise the transition that runs settles it
                machine.settle(job)


def _current() -> asyncio.Task[Any] | None:
    with suppress(RuntimeError):
        return asyncio.current_task()
    return None


def _keys(chart: Chart) -> dict[TransitionRule, str]:
    """A name for each automatic transition, in journals and snapshots too.

    It stays the same if a delay or the place in the file changes; only among transitions that are alike, the order
    counts.
    """
    keys: dict[TransitionRule, str] = {}
    alike = Counter[str]()
    for rule in dict.fromkeys(rule for rule in chart.rules if rule.automatic):
        fired = f" {rule.trigger}" if rule.fires else ""
        key = f"{' '.join(rule.sources)}: {'always' if rule.always else 'after'}{fired}"
        alike[key] += 1
        keys[rule] = f"{key} ({alike[key]})" if alike[key] > 1 else key
    return keys
