"""Figures of each QPU and of all jobs: queues, waits, rates, usage, lag."""

from collections import Counter, deque
from collections.abc import Mapping
from statistics import median
from typing import Any

from attrs import define, field

from qcaas_sdk._base.task_timings import stamps
from qcaas_sdk._base.text import one_line
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._record import NOTHING, JobState, OutputRecord, Usage, qpu_seconds, states_in

MAX_SAMPLES = 200
"""The figures of waits and runs are medians of that many runs, the latest ones."""

RATE_OVER_S = 30.0
"""A rate is that of the last so many seconds."""


@define(eq=False)
class QpuFigures:
    """What is known of one QPU from the jobs that ran on it.

    Attributes:
        id: The QPU.
        counts: How many jobs are in each state.
        waits_s: Queue times.
        runs_s: Run times.
        ends: How many runs ended in each second since 1970, the latest last.
    """

    id: str
    counts: Counter[JobState] = field(factory=Counter)
    waits_s: deque[float] = field(factory=lambda: deque(maxlen=MAX_SAMPLES))
    runs_s: deque[float] = field(factory=lambda: deque(maxlen=MAX_SAMPLES))
    ends: deque[tuple[int, int]] = field(factory=lambda: deque(maxlen=round(RATE_OVER_S) + 1))

    def ended(self, at: float) -> None:
        """Count the end of a run, in seconds since 1970."""
        second = int(at)
        if self.ends and self.ends[-1][0] >= second:
            self.ends[-1] = (self.ends[-1][0], self.ends[-1][1] + 1)
        else:
            self.ends.append((second, 1))

    def rate(self, now: float) -> float:
        """How many runs ended per second, lately."""
        late = [(second, count) for second, count in self.ends if second > now - RATE_OVER_S]
        if not late:
            return 0.0
        return sum(count for _, count in late) / min(RATE_OVER_S, max(1.0, now - late[0][0]))

    def document(self, now: float, estimate: WaitEstimate | None) -> dict[str, Any]:
        """The figures for the page; None where nothing is known.

        Args:
            now: Seconds since 1970.
            estimate: What the service says about its queue.
        """
        waiting, running = self.counts[JobState.SUBMITTED], self.counts[JobState.RUNNING]
        rate = self.rate(now)
        return {
            "id": one_line(self.id),
            "created": self.counts[JobState.CREATED],
            "waiting": waiting,
            "running": running,
            "ended": sum(self.counts[state] for state in states_in("ended")),
            "wait_s": median(self.waits_s) if self.waits_s else None,
            "run_s": median(self.runs_s) if self.runs_s else None,
            "rate": rate,
            "left_s": (waiting + running) / rate if rate and waiting + running else None,
            "before": None if estimate is None else estimate.tasks_before,
            "starts_in_s": None if estimate is None else estimate.starts_in_s,
        }


@define(eq=False)
class Figures:
    """The figures of all jobs.

    Attributes:
        qpus: Those of each QPU, by its id.
        usage: What all runs have used, counted as `OqcSdk.usage` counts it.
        lags_s: How long after the end of a task its result was here, by the service's clock.
    """

    qpus: dict[str, QpuFigures] = field(factory=dict)
    usage: Usage = NOTHING
    lags_s: deque[float] = field(factory=lambda: deque(maxlen=MAX_SAMPLES))

    def of(self, qpu_id: str) -> QpuFigures:
        """The figures of a QPU."""
        found = self.qpus.get(qpu_id)
        if found is None:
            found = self.qpus[qpu_id] = QpuFigures(qpu_id)
        return found

    def waiting(self) -> list[str]:
        """The QPUs with jobs that wait there."""
        return [name for name, qpu in self.qpus.items() if qpu.counts[JobState.SUBMITTED]]

    def add(self, output: OutputRecord) -> None:
        """Take in the output of a run."""
        qpu = self.of(output.qpu_id)
        found = stamps(output.timings)
        submitted, running = found.get("submitted", found.get("created")), found.get("running")
        done = found.get("completed", found.get("failed"))
        if submitted is not None and running is not None:
            qpu.waits_s.append(max(0.0, running - submitted))
        if (run_s := qpu_seconds(output.timings)) is not None:
            qpu.runs_s.append(run_s)
        if done is not None and output.received is not None:
            self.lags_s.append(max(0.0, output.received.timestamp() - done))

    def document(self, now: float, requests: int | None, estimates: Mapping[str, WaitEstimate]) -> dict[str, Any]:
        """The figures for the page.

        Args:
            now: Seconds since 1970.
            requests: How many requests were sent; None if that is not known.
            estimates: What the service says about its queues, by QPU.
        """
        return {
            "qpus": [self.qpus[name].document(now, estimates.get(name)) for name in sorted(self.qpus)],
            "runs": self.usage.runs,
            "shots": self.usage.shots,
            "qpu_s": self.usage.qpu_seconds if self.usage.timed_runs else None,
            "lag_s": median(self.lags_s) if self.lags_s else None,
            "requests": requests,
        }
