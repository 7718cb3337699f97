"""What a snapshot tells, as plain frozen data. Knows neither JSON nor jobs."""

from typing import Union

from attrs import frozen

from qcaas_sdk.job_state import JobState, Run
from qcaas_sdk.outputs import JobOutput
from qcaas_sdk.program import Request
from qcaas_sdk.statechart import TransitionEvent

Move = TransitionEvent[JobState]


@frozen(kw_only=True)
class SavedJob:
    """A job at one moment.

    Attributes:
        request: What it submits.
        fetch_diagnostics: Whether it asks again for diagnostics that the server left out.
        state: Where its machine is.
        run: What is known of the current run. Its place in a queue is not kept.
        history: The outputs of all runs, oldest first, attached to no job. `run.output`, if set, is the last one.
        moves: Every move of every run, oldest first, as far as they are known.
    """

    request: Request
    fetch_diagnostics: bool
    state: JobState
    run: Run
    history: tuple[JobOutput, ...]
    moves: tuple[Move, ...]


Shape = tuple[Union[int, "Shape"], ...]
"""A composite's children in order: the place of a job in `SavedComposite.jobs`, or the shape of a composite."""


@frozen(kw_only=True)
class SavedComposite:
    """A composite at one moment.

    Attributes:
        jobs: Its jobs, and those of the composites in it, each once.
        shape: How they stand in it.
        moves: Every move of the composite itself, oldest first, as far as they are known.
    """

    jobs: tuple[SavedJob, ...]
    shape: Shape
    moves: tuple[Move, ...]
