"""What a run of any code shows: the jobs, all their transitions, and the texts that leave the process."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from qcaas_sdk._handles.outputs import JobOutput
from qcaas_sdk._record import JobState, JobTransition, OutputRecord, states_in
from qcaas_sdk.composite import Child, CompositeJob, record_of
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.statechart import TransitionLock
from qcaas_sdk.statechart.machine import InvariantBroken
from qcaas_sdk.statechart.model import AUTOMATIC

if TYPE_CHECKING:
    from qcaas_sdk.testing.cloud.cloud import SimulatedCloud

LOGGERS = ("qcaas_sdk", "httpx", "httpcore", "asyncio")


@frozen
class Finding:
    """Something that was wrong at one moment of a run.

    Attributes:
        invariant: The name of the invariant that did not hold.
        message: What was wrong.
    """

    invariant: str
    message: str


@define(eq=False)
class Observation:
    """What the recorder has seen of one job.

    Attributes:
        job: The job.
        transitions: Its transitions since it is watched.
        task_ids: The task ids that it has had, in order.
        history: Its history when it was last looked at.
        ended_at: The virtual second in which its current run ended; None before that.
        output: The output with which its current run ended.
        abandoned: The ids of the runs that were given up without the service's word.
        cancelled: Whether your code has cancelled a run of it that was, or may have been, sent.
        over: Whether it had ended when it was last looked at: then nothing happens unless your code starts a run.
    """

    job: Job
    transitions: list[JobTransition] = field(factory=list)
    task_ids: list[str] = field(factory=list)
    history: tuple[JobOutput, ...] = ()
    ended_at: float | None = None
    output: OutputRecord | None = None
    abandoned: set[str] = field(factory=set)
    cancelled: bool = False
    over: bool = False

    @property
    def runs(self) -> int:
        """How many runs have begun."""
        return 1 + sum(event.source in states_in("ended") for event in self.job.transitions)


class Recorder:
    """Records what jobs, composites, or all jobs of an SDK do. The invariants check what it has recorded.

    Attributes:
        cloud: The service on which the jobs run, if it is a simulated one.
        secrets: Texts that must not be found anywhere; a cloud's token and password are among them.
        findings: What was wrong at the moment of a transition.
    """

    def __init__(self, cloud: "SimulatedCloud | None" = None) -> None:
        """Nothing is watched yet.

        Args:
            cloud: The service on which the jobs run.
        """
        self.cloud = cloud
        self.secrets: list[str] = [] if cloud is None else [cloud.token, cloud.password]
        self.findings: list[Finding] = []
        self._observations: dict[Job, Observation] = {}
        self._composites: list[CompositeJob] = []
        self._texts: list[str] = []
        self._ears: list[_Ear] = []
        self._searched = self._records = 0
        self._faces: dict[Child, str] = {}

    def watch(self, *watched: Child | OqcSdk) -> None:
        """Record jobs and composites from now on; for an SDK, all those that it makes from now on."""
        for one in watched:
            if isinstance(one, OqcSdk):
                one.observe(self.watch)
            elif isinstance(one, CompositeJob):
                if one not in self._composites:
                    self._composites.append(one)
                    one.observe(self._on_composite_transition)
                self.watch(*one.jobs)
            elif one not in self._observations:
                self._observations[one] = Observation(one, history=tuple(one.history))
                one.observe(self._moved)
                self._look(self._observations[one])

    def forget(self, *jobs: Job) -> None:
        """Stop checking these jobs, for example because they are copies."""
        for job in jobs:
            self._observations.pop(job, None)

    def replace(self, old: Child, new: Child) -> None:
        """Replace `old` by `new`: the same job or composite, loaded or recovered in another process."""
        if isinstance(old, CompositeJob) and isinstance(new, CompositeJob):
            self._composites = [new if one is old else one for one in self._composites if one is not new]
            new.observe(self._on_composite_transition)
            for before, after in zip(old.jobs, new.jobs, strict=True):
                self.replace(before, after)
        elif isinstance(old, Job) and isinstance(new, Job) and old in self._observations:
            self.watch(new)
            observation = self._observations.pop(old)
            if [output.task_id for output in observation.history] != [output.task_id for output in new.history]:
                self._add_finding("history_append_only", f"{new!r} has another history than before")
            observation.job, observation.history, observation.output = (
                new,
                tuple(new.history),
                record_of_job(new).run.output,
            )
            self._observations[new] = observation

    def __enter__(self) -> "Recorder":
        """Listen to everything that is logged, debug messages too; others get what they would have got."""
        self._ears = [_Ear(logging.getLogger(name), self._texts) for name in LOGGERS]
        return self

    def __exit__(self, *_: object) -> None:
        while self._ears:
            self._ears.pop().close()

    def look(self) -> None:
        """Record the current state of all jobs. Each invariant does this before it checks."""
        for composite in self._composites:
            self.watch(*composite.jobs)  # some may have been added
        for observation in self._observations.values():
            self._look(observation)

    def hear(self, text: str) -> None:
        """Keep a text that the process has shown (a message, an output), to search it for secrets."""
        self._texts.append(text)

    @property
    def observations(self) -> list[Observation]:
        """What it has recorded of each job, in the order in which the jobs were added."""
        return list(self._observations.values())

    @property
    def jobs(self) -> list[Job]:
        """The jobs that it records."""
        return list(self._observations)

    @property
    def composites(self) -> list[CompositeJob]:
        """The composites that it records."""
        return list(self._composites)

    def texts(self) -> Iterator[str]:
        """All texts that the process may show: logs, warnings, errors, and the reprs and snapshots of jobs."""
        yield from self._texts
        yield from (text for child in self._children() for text in _shown(child))
        if self.cloud is not None:
            yield from (record.line for record in self.cloud.ledger.requests())

    def new_texts(self) -> Iterator[str]:
        """Those of `texts` that may be other ones than when this was asked before."""
        heard, self._searched = self._searched, len(self._texts)
        yield from self._texts[heard:]
        for child in self._children():
            face = repr(child)
            if self._faces.get(child) != face:
                self._faces[child] = face
                yield from _shown(child)
        if self.cloud is not None:
            records = self.cloud.ledger.requests()
            heard, self._records = self._records, len(records)
            yield from (record.line for record in records[heard:])

    def _children(self) -> list[Child]:
        return [*self._observations, *self._composites]

    # In the instant of a transition.

    def _moved(self, job: Job, event: JobTransition) -> None:
        observation = self._observations.get(job)
        if observation is None:
            return
        observation.transitions.append(event)
        if observation.over and _by_itself():
            self._add_finding("terminal_is_absorbing", f"{job!r} had ended, but its chart moved it: {event}")
        if event.trigger == "abandon" and job.task_id is not None:
            observation.abandoned.add(job.task_id)
        if event.source in states_in("ended"):
            observation.ended_at = observation.output = None
        elif event.target in states_in("ended"):
            observation.ended_at, observation.output = event.monotonic_s, record_of_job(job).run.output
        self._look(observation)
        with suppress(RuntimeError):  # without a loop, the next look will show it
            # Before any coroutine can see it, but after all composites have heard of the transition.
            asyncio.get_running_loop().call_soon(self._check_joins)

    def _on_composite_transition(self, child: Child, _: JobTransition) -> None:
        assert isinstance(child, CompositeJob)
        self.watch(*child.jobs)

    def _look(self, observation: Observation) -> None:
        history = tuple(observation.job.history)
        if history[: len(observation.history)] != observation.history:
            self._add_finding("history_append_only", f"{observation.job!r}: an output is missing from its history")
        observation.history, observation.over = history, observation.job.ended
        observation.cancelled |= record_of_job(observation.job).run.cancel_asked
        if observation.job.task_id is not None and observation.job.task_id not in observation.task_ids:
            observation.task_ids.append(observation.job.task_id)

    def _check_joins(self) -> None:
        for composite in self._composites:
            if (wanted := joined(record_of(child).counts_as for child in composite.jobs)) is not composite.state:
                self._add_finding("composite_is_join", f"{composite!r}: its jobs make its state {wanted}")

    def _add_finding(self, invariant: str, message: str) -> None:
        self.findings.append(Finding(invariant, message))


def _shown(child: Child) -> Iterator[str]:
    yield repr(child)
    yield str(child.to_snapshot())


class _Ear(logging.Handler):
    """At the root of some loggers: hears everything, and passes on what would have been logged without it."""

    def __init__(self, logger: logging.Logger, texts: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._logger, self._texts = logger, texts
        self._before = logger.level, logger.propagate
        self._least = logger.getEffectiveLevel()
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(record.getMessage())
        if record.levelno >= self._least and self._logger.parent is not None and self._before[1]:
            self._logger.parent.callHandlers(record)

    def close(self) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._before[0])
        self._logger.propagate = self._before[1]
        super().close()


def goes_by_itself(lock: TransitionLock) -> bool:
    """Whether a lock is held by a transition that the SDK makes by itself, for the chart of the job."""
    return lock.holder is not None and lock.holder.get_name().startswith(AUTOMATIC) and not lock.holder.done()


def _by_itself() -> bool:
    """Whether this runs in a transition that the SDK makes by itself."""
    with suppress(RuntimeError):
        task = asyncio.current_task()
        return task is not None and task.get_name().startswith(AUTOMATIC)
    return False


def joined(states: Iterable[JobState]) -> JobState:
    """The state of a composite by the words of its chart; on purpose not the library's own function."""
    counts = Counter(states)
    there = set(counts)
    if there <= {JobState.CREATED}:
        return JobState.CREATED
    if there <= states_in("ended"):
        return next(s for s in (JobState.FAILED, JobState.CANCELLED, JobState.COMPLETED) if s in there)
    return JobState.SUBMITTED if there <= {JobState.CREATED, JobState.SUBMITTED} else JobState.RUNNING


def broken(message: str) -> InvariantBroken:
    """The error that says that an invariant does not hold."""
    return InvariantBroken(message)
