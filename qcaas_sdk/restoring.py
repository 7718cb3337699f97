"""Jobs and composites again, from what was saved of them."""

from collections.abc import Callable
from typing import Any

import attrs
from attrs import frozen

from qcaas_sdk.composite import Child, CompositeJob, join
from qcaas_sdk.errors import BadSnapshot
from qcaas_sdk.job import Job, Scheduler
from qcaas_sdk.job_state import JobState
from qcaas_sdk.snapshot import SavedComposite, SavedJob, Shape
from qcaas_sdk.statechart import Machine


@frozen
class Restorer:
    """Makes jobs and composites as they were, on the machines of an SDK. Nothing is sent, no QPU is looked up.

    Attributes:
        machine: That of jobs.
        composite_machine: That of composites.
        scheduler: Of the SDK.
        remember_address: Told the QPU of a task, and its address: the list may not name it any more.
    """

    machine: Machine[Job, Any]
    composite_machine: Machine[CompositeJob, None]
    scheduler: Scheduler
    remember_address: Callable[[str, str], None]

    def job(self, saved: SavedJob) -> Job:
        """A job that goes on where it stood."""
        job = Job(
            request=saved.request,
            machine=self.machine,
            scheduler=self.scheduler,
            fetch_diagnostics=saved.fetch_diagnostics,
        )
        job._history.extend(attrs.evolve(output, job=job) for output in saved.history)
        output = job._history[-1] if saved.run.output is not None else None
        job.current_run = attrs.evolve(saved.run, output=output)
        if saved.run.qpu_url is not None:
            self.remember_address(saved.request.qpu_id, saved.run.qpu_url)
        job._record.extend(saved.moves)
        job._foreign_moves = len(saved.moves)
        begins = [place for place, move in enumerate(saved.moves, 1) if move.target is JobState.CREATED]
        job._record_of_run = begins[-1] if begins else 0
        self.machine.place(job, saved.state.lower())
        return job

    def composite(self, saved: SavedComposite, file: str) -> CompositeJob:
        """A composite whose jobs go on where they stood.

        Args:
            saved: What was saved of it.
            file: Where that is from, for messages.

        Raises:
            BadSnapshot: Its own moves contradict the states of its jobs.
        """
        composite = self._composite(saved.shape, [self.job(job) for job in saved.jobs])
        if saved.moves and saved.moves[-1].target is not composite.state:
            reason = f"expected them to end in {composite.state}, which the jobs make of it"
            raise BadSnapshot(reason, file=file, where="qcaas_sdk.moves")
        composite._record.extend(saved.moves)
        return composite

    def _composite(self, shape: Shape, jobs: list[Job]) -> CompositeJob:
        return self.compose(
            [self._composite(child, jobs) if isinstance(child, tuple) else jobs[child] for child in shape]
        )

    def compose(self, children: list[Child]) -> CompositeJob:
        """A composite of jobs that are there, in the state that they make."""
        composite = CompositeJob(machine=self.composite_machine)
        counts = dict.fromkeys(JobState, 0)
        for child in children:
            counts[child.state] += 1
        self.composite_machine.place(composite, join(counts).lower())
        composite.add(children)
        return composite
