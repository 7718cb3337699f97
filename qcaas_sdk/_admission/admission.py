"""Lets a job be submitted when the limits of its SDK and of its composites allow it.

The machine asks before it takes the lock of a job, so a job that waits is CREATED, and can be cancelled. A job holds
a place at its QPU, and a share of the budgets, from just before its submission until its run is known to be over.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from qcaas_sdk._admission.limits import Scope, Scopes
from qcaas_sdk._admission.queue import PlaceQueue, Waiter
from qcaas_sdk._admission.watches import Follow, Watches
from qcaas_sdk._handles.errors import BudgetExceeded, NoPlace
from qcaas_sdk._record import (
    ChildRecord,
    CompositeRecord,
    JobRecord,
    JobState,
    JobTransition,
    Limits,
    StateRecord,
    Usage,
)
from qcaas_sdk.errors import SdkNotOpen

NO_PLACE = "no free place"
BUDGET_SPENT = "budget spent"


class Admission:
    """The limits of an SDK and of its composites."""

    def __init__(self, limits: Limits, follow: Follow) -> None:
        """No run is under way.

        Args:
            limits: The limits of the SDK.
            follow: How to wait for the end of a run if no code of the user does.
        """
        self._scopes = Scopes(limits)
        self._is_open = False
        self._runs = self._scopes.runs
        self._entering: Counter[JobRecord] = Counter()
        """How many submissions of a job have begun, and not ended."""
        self._queues: dict[str, PlaceQueue] = {}
        self._waiters: dict[JobRecord, Waiter] = {}
        self._watches = Watches(follow, self._watched)

    # What the machine asks.

    @asynccontextmanager
    async def place(self, job: JobRecord) -> AsyncIterator[None]:
        """A place for a submission of a job; it waits for one. A job that is not CREATED needs none.

        Raises:
            BudgetExceeded: A budget has no room for another run.
            NoPlace: The jobs that hold the places cannot be waited for.
            SdkNotOpen: The SDK was closed meanwhile.
        """
        if not await self._enter(job):
            yield
            return
        try:
            yield
        finally:
            self._entering[job] -= 1
            self._let_go(job)

    @contextmanager
    def next_run(self, job: JobRecord, qpu_id: str, shots: int) -> Iterator[None]:
        """For the reset and the submission of a job that has ended: what refuses them refuses them here.

        If the job waits for a place then, its share of the budgets is kept.

        Raises:
            BudgetExceeded: As `place`.
            NoPlace: As `place`.
        """
        self._scopes.keep(job, shots)
        try:
            if qpu_id not in self._queues and any(scope.is_full(qpu_id) for scope in self._scopes.of(job)):
                self._try_again(qpu_id)
            for scope in self._stuck(job, qpu_id):
                raise self._no_place(job, qpu_id, scope)
            yield
        finally:
            self._scopes.let_go(job)

    def holds(self, job: JobRecord) -> bool:
        """Whether a job may be submitted now."""
        return job in self._runs or not self._scopes.of(job)

    async def _enter(self, job: JobRecord) -> bool:
        """Wait until a job has a place; False if it needs none."""
        if not self._scopes.of(job):
            return False
        while job.state is JobState.CREATED:
            if job in self._runs or self._takes_place(job):
                self._entering[job] += 1
                return True
            if await self._has_waited(job):
                return True
        return False

    # What the factory tells.

    def open(self) -> None:
        """Let jobs wait."""
        self._is_open = True

    def replayed(self, jobs: Mapping[int, JobRecord], live: Mapping[int, JobRecord], spent: Usage) -> None:
        """Take note of the jobs in a journal that was just opened.

        Args:
            jobs: Those that have not ended, by number, as the journal has them.
            live: Those of them that are in use.
            spent: What all jobs in the journal have used, without the runs under way.
        """
        for job in [*self._runs]:
            self._forget_run(job)
        self._scopes.begin_anew(spent)
        self._watches.found_unrecovered([job for number, job in jobs.items() if number not in live])
        for number, job in jobs.items():
            self._note(live.get(number, job))

    def made(self, job: JobRecord) -> None:
        """Take note of a job that was made, loaded or recovered."""
        self._watches.made(job)
        self._note(job)

    def joined(self, composite: CompositeRecord, children: Iterable[ChildRecord]) -> None:
        """Take note of children that were added to a composite."""
        jobs = self._scopes.joined(composite, children)
        for job in jobs:
            self._note(job)
        if jobs:
            for qpu_id in [*self._queues]:
                self._serve(qpu_id)

    def close(self) -> None:
        """Let no job wait any more: each stays CREATED."""
        self._is_open = False
        self._queues = {}
        for waiter in [*self._waiters.values()]:
            waiter.fail(_closed(waiter.job))
        self._watches.close()

    def drop(self) -> None:
        """As `close`, if the event loop has ended."""
        self._is_open = False
        self._waiters, self._queues = {}, {}
        self._watches.drop()
        self._entering.clear()

    # Places.

    def _takes_place(self, job: JobRecord) -> bool:
        """Whether there was a place for a job, and it has it now.

        Raises:
            BudgetExceeded: As `place`.
        """
        scopes, queue = self._scopes.of(job), self._queues.get(job.qpu_id)
        try:
            for scope in scopes:
                scope.check(job, job.request.shots)
        except BudgetExceeded:
            job.held = BUDGET_SPENT
            raise
        if job not in self._waiters and queue is not None and queue.has(_group_of(job)):
            return False
        if any(scope.is_full(job.qpu_id) for scope in scopes):
            return False
        self._begin(job)
        return True

    def _note(self, job: JobRecord) -> None:
        """Count a run that is under way already."""
        under_way = job.under_way and not job.run.not_submitted
        if (under_way or job in self._runs) and self._scopes.of(job):
            self._begin(job)

    def _begin(self, job: JobRecord) -> None:
        if job not in self._runs:
            job.observe(self._on_change)
        job.held = None
        self._scopes.begin(job)

    def _on_change(self, job: JobRecord, _: JobTransition | None) -> None:
        if job.run_ended:
            self._end(job)
        else:
            self._let_go(job)

    def _let_go(self, job: JobRecord) -> None:
        """Take the place of a job back if it does not need it."""
        if self._entering[job]:
            return
        del self._entering[job]
        if job not in self._runs:
            return
        if not job.under_way:
            self._end(job)
        elif (queue := self._queues.get(self._runs[job].qpu_id)) and not self._moves(job):
            self._give_up_if_stuck(queue)

    def _end(self, job: JobRecord) -> None:
        if (run := self._runs.get(job)) is not None:
            self._scopes.end(job)
            self._forget_run(job)
            self._serve(run.qpu_id)

    def _forget_run(self, job: JobRecord) -> None:
        job.unobserve(self._on_change)
        self._watches.forget(job)

    # Waiting.

    async def _has_waited(self, job: JobRecord) -> bool:
        """Wait until a job has a place, or needs none any more; whether it has one."""
        waiter = self._waiters.get(job) or self._queue_up(job)
        waiter.callers += 1
        try:
            await asyncio.shield(waiter.over)
            if job in self._runs:
                self._entering[job] += 1
                return True
            return False
        finally:
            waiter.callers -= 1
            if waiter.callers == 0:
                self._forget(waiter)
                self._let_go(job)  # if it was cancelled just after it had got a place

    def _queue_up(self, job: JobRecord) -> Waiter:
        if not self._is_open:
            raise _closed(job)
        queue = self._queues.setdefault(job.qpu_id, PlaceQueue())
        waiter = Waiter(job, job.qpu_id, _group_of(job), asyncio.get_running_loop().create_future())
        self._waiters[job] = waiter
        job.held = NO_PLACE
        job.observe(self._on_change_of_waiting)
        if not queue:
            self._try_again(job.qpu_id)
        queue.add(waiter)
        self._give_up_if_stuck(queue)
        return waiter

    def _try_again(self, qpu_id: str) -> None:
        for job in self._scopes.at(qpu_id):
            self._watches.forgive(job)
            self._moves(job)

    def _forget(self, waiter: Waiter) -> None:
        job, queue = waiter.job, self._queues.get(waiter.qpu_id)
        if self._waiters.get(job) is waiter:
            del self._waiters[job]
            job.unobserve(self._on_change_of_waiting)
        if queue is not None:
            queue.discard(waiter)
            self._serve(waiter.qpu_id)

    def _on_change_of_waiting(self, job: JobRecord, _: JobTransition | None) -> None:
        waiter = self._waiters.get(job)
        if waiter is not None and (job.state is not JobState.CREATED or job.qpu_id != waiter.qpu_id):
            waiter.wake()
            self._forget(waiter)

    def _serve(self, qpu_id: str) -> None:
        """Give the free places of a QPU to those that wait, group by group."""
        if (queue := self._queues.get(qpu_id)) is None:
            return
        while any(self._served(waiter, queue) for waiter in queue.heads()):
            pass
        self._give_up_if_stuck(queue)
        if not queue:
            del self._queues[qpu_id]
            for job in self._scopes.at(qpu_id):
                self._watches.stop(job)

    def _served(self, waiter: Waiter, queue: PlaceQueue) -> bool:
        """Whether a waiter does not wait any more: it has a place, or an error."""
        try:
            if not self._takes_place(waiter.job):
                return False
            waiter.wake()
        except BudgetExceeded as error:
            waiter.fail(error)
        queue.had_turn(waiter.group)
        queue.discard(waiter)
        return True

    # While jobs wait, the runs that hold the places are watched.

    def _moves(self, job: JobRecord) -> bool:
        """Whether the run of a job is about to go on: its end is waited for from now on, if it can be."""
        if self._entering[job] or job in self._waiters or job in self._watches:
            return True
        return self._is_open and self._watches.begin(job)

    def _watched(self, job: JobRecord) -> None:
        run = self._runs.get(job)
        if run is not None and (queue := self._queues.get(run.qpu_id)):
            self._give_up_if_stuck(queue)

    def _give_up_if_stuck(self, queue: PlaceQueue) -> None:
        """Raise an error in the jobs whose places cannot become free."""
        while stuck := [(one, scope) for one in queue.heads() for scope in self._stuck(one.job, one.qpu_id)]:
            for waiter, scope in stuck:
                waiter.fail(self._no_place(waiter.job, waiter.qpu_id, scope))
                queue.discard(waiter)

    def _stuck(self, job: JobRecord, qpu_id: str) -> list[Scope]:
        """The scopes that are full of runs whose end cannot be waited for."""
        full = [scope for scope in self._scopes.of(job) if scope.is_full(qpu_id)]
        return [scope for scope in full if not any(map(self._moves, scope.at(qpu_id)))]

    def _no_place(self, waiting: JobRecord, qpu_id: str, scope: Scope) -> NoPlace:
        problem, error = self._watches.problem(next(iter(scope.at(qpu_id))))
        found = NoPlace(f"{waiting!r}: no more tasks may be sent to {qpu_id} now. {problem}")
        found.__cause__ = error
        return found


def _closed(job: JobRecord) -> SdkNotOpen:
    return SdkNotOpen(f"{job!r} was not submitted, because the SDK is closed: open it, and submit the job again")


def _group_of(job: JobRecord) -> StateRecord | None:
    """The composite that a job is in, if any: composites take turns."""
    return job.parents[0] if job.parents else None
