"""Charts that extend `job`, a cloud whose runs fail at first, and an SDK on both."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qcaas_sdk import JobCallbacks, JobView, OqcSdk
from qcaas_sdk.statechart import Chart, parse_chart
from qcaas_sdk.testing import Completed, Constant, Failed, Fault, Outcome, SimulatedCloud, SimulatedQpu, sdk_on

PROGRAM = "OPENQASM 2.0;"
GOOD = "good"
PASSING, LASTING = 7, 9
RUN_S = 5.0

APPROVED = """\
name: approved_job
summary: A job that somebody approves before it is submitted.
extends: job
states:
  - {name: approved, summary: It may be submitted., within: created}
guards:
  - {trigger: submit, guard: is_approved, summary: It is cheap or approved.}
transitions:
  - {trigger: approve, source: created, target: approved, action: tell, summary: You have approved it.}
"""

ASKING = """\
name: asking_job
summary: A job that asks every ten seconds whether it may run again.
extends: job
transitions:
  - {after: 10, source: failed, when: may_run, trigger: reset, bound: 2, summary: It runs again.}
"""


def retries(cloud: SimulatedCloud, **options: Any) -> OqcSdk:
    """An SDK that runs jobs again."""
    callbacks = JobCallbacks(guards={"error_may_pass": lambda job: job.error_code == PASSING})
    return sdk_on(cloud, **{"job_chart": "job_with_retries", "callbacks": callbacks} | options)


def approvals(cloud: SimulatedCloud, told: list[str] | None = None, **options: Any) -> OqcSdk:
    """An SDK whose jobs must be approved."""
    said = [] if told is None else told
    return sdk_on(cloud, **{"job_chart": parse_chart(APPROVED), "callbacks": approval(said)} | options)


def approval(said: list[str]) -> JobCallbacks:
    """Whoever is tagged as cheap is approved; the action tells whom it was called for."""

    def is_approved(job: JobView) -> bool:
        return job.tag == "cheap" or job.place == "approved"

    return JobCallbacks(guards={"is_approved": is_approved}, actions={"tell": lambda job: said.append(str(job.tag))})


def failing(times: int, code: int = PASSING, faults: Sequence[Fault] = ()) -> SimulatedCloud:
    """A cloud on which the first runs of a program fail, unless it says that it is good."""
    asked: Counter[str] = Counter()

    def outcome(program: str) -> Outcome:
        asked[program] += 1  # twice a run: when it is checked, and when it joins the queue
        fails = GOOD not in program and (asked[program] + 1) // 2 <= times
        return Failed(code, "not now") if fails else Completed({"c": {"0": 1000}})

    qpu = SimulatedQpu("qpu:sim:1", service_time=Constant(RUN_S))
    return SimulatedCloud(qpus=[qpu], outcome=outcome, faults=faults)


def programs(bad: int, good: int = 0) -> list[str]:
    """Programs that differ: what fails at first comes first."""
    return [f"{PROGRAM} // {GOOD if number >= bad else ''} {number}" for number in range(bad + good)]


def charted(folder: Path, name: str, text: str) -> Path:
    """A chart in a file."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(text: str, old: str, new: str) -> Chart:
    assert old in text
    return parse_chart(text.replace(old, new))


TWO_DELAYS = """\
name: two_delays_job
summary: A job that runs again soon after some errors, and later after others.
extends: job
states:
  - {name: soon, summary: It runs again soon., within: failed}
  - {name: later, summary: It runs again later., within: failed}
transitions:
  - {after: 5, source: failed, when: is_short, target: soon, bound: 1, summary: The error is short.}
  - {after: 50, source: failed, target: later, bound: 2, summary: The error is long.}
  - {after: 10, source: [soon, later], trigger: reset, bound: 3, summary: The pause is over.}
"""
