"""Pictures: of a chart after import, and of a composite of 10,000 jobs.

CPU time is what counts on a shared machine (nothing here waits); the median of all rounds, and the first of them.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pygraphviz  # noqa: F401  # "after import" is after all imports
from attrs import define
from matplotlib.figure import Figure  # noqa: F401  # as above

from qcaas_sdk import CompositeJob, Job, JobState
from qcaas_sdk._callbacks import composite_callbacks
from qcaas_sdk._record import CompositeRecord, JobRecord, JobRequest
from qcaas_sdk.diagrams.renderers.dot import graph
from qcaas_sdk.diagrams.renderers.graphviz import drawn
from qcaas_sdk.diagrams.renderers.lines import edges_of
from qcaas_sdk.statechart import Callbacks, Chart, Machine, Transition, place, shipped_chart
from tests.diagrams import sketches

JOBS = 10_000
ROUNDS = 9


@define
class Owner:
    """Stands in for an SDK: these jobs are only drawn."""

    machine: Any
    composite_machine: Any
    scheduler: Any = None

    def machine_of(self, job: JobRecord) -> Any:
        return self.machine

    def resume(self, job: JobRecord) -> None: ...

    def forget_due(self, job: JobRecord) -> None: ...

    def composite_record(self) -> CompositeRecord:
        return CompositeRecord()

    def register(self, child: Any) -> None: ...


def jobs() -> list[Job]:
    """Jobs with four moves and more, in all states."""
    chart = shipped_chart("job")
    names = {
        kind: {name: lambda *_: None for name in found}
        for kind, found in (
            ("effects", {t.effect for t in chart.transitions if t.effect}),
            ("guards", {c.guard for t in chart.transitions for c in t.choices if c.guard}),
            ("actions", {a for t in chart.transitions for c in t.choices for a in c.actions}),
            ("invariants", {i.name for i in chart.invariants}),
        )
    }
    machine = Machine(chart, Callbacks(**names), state_type=JobState.of)  # type: ignore[arg-type]  # never called
    composite_machine = Machine(shipped_chart("composite_job"), composite_callbacks(), state_type=JobState.of)
    owner = Owner(machine, composite_machine)
    lives = [
        [JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING, JobState.COMPLETED],
        [JobState.CREATED, JobState.SUBMITTED, JobState.FAILED, JobState.CREATED, JobState.SUBMITTED],
        [JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING],
        [JobState.CREATED, JobState.SUBMITTED, JobState.CANCELLED],
    ]
    made = []
    start, now = time.monotonic() - 3600, datetime.now(UTC)
    for number in range(JOBS):
        record = JobRecord(request=JobRequest("OPENQASM 3;", "qpu:1"), made_s=start)
        for step, (source, target) in enumerate(pairwise(lives[number % len(lives)]), 1):
            at = number * 0.3 + step * 10.0
            record.transitions.append(Transition(source, target, "poll", "", now + timedelta(seconds=at), start + at))
            place(record, target)
        made.append(Job(record, owner))
    return made


def bare(chart: Chart) -> str:
    """What the layout gives to Graphviz."""
    picture = chart.diagram().picture
    return graph(picture, edges_of(picture))


def show(name: str, call: Callable[[], object]) -> None:
    figures = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        call()
        figures.append(1000 * (time.process_time() - begin))
    print(f"{name:<40} CPU: median {statistics.median(figures):7.1f} ms   first {figures[0]:7.1f} ms")


def main() -> None:
    chart, long = shipped_chart("job"), sketches.of_thirty_states()
    for form in ("svg", "png", "mermaid", "dot", "scxml"):
        show(f"the chart of a job, {form}", getattr(chart.diagram(), form))
    show("a chart of 30 states, svg", long.diagram().svg)
    show("the same by Graphviz alone, with text", lambda: drawn(long.diagram().dot(), "svg"))
    show("the same by Graphviz alone, no text", lambda: drawn(bare(long), "svg"))
    composite = CompositeJob(jobs())
    show(f"{JOBS:,} jobs, svg", lambda: composite.diagram().svg())
    show(f"{JOBS:,} jobs, mermaid", lambda: composite.diagram().mermaid())
    show(f"{JOBS:,} jobs, all a notebook shows", composite._repr_mimebundle_)
    show(f"{JOBS:,} jobs, timeline as text", lambda: str(composite.timeline()))
    show(f"{JOBS:,} jobs, timeline as svg", lambda: composite.timeline().svg())
    code = "import qcaas_sdk, sys; print(*sorted(m for m in sys.modules if m.startswith('qcaas_sdk.diagrams')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    print(f"modules of diagrams that `import qcaas_sdk` brings: {len(found)}")


if __name__ == "__main__":
    main()
