"""The jobs of one QPU that somebody waits for: when to look at which."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from attrs import define

from qcaas_sdk.clock import Clock
from qcaas_sdk.errors import QcaasError, SdkNotOpen
from qcaas_sdk.job import Job, JobEvent
from qcaas_sdk.scheduler.line import Line
from qcaas_sdk.scheduler.rhythm import Rhythm

SHORTEST_PAUSE_S = 0.02
FIRST_PAUSE_S = 0.05
"""Pause after the first look at a task of unknown length; doubles as long as nothing ends."""
TOLERATED_LAG_S = 0.3
"""How late an end may be noticed where looking once is cheaper than looking at each."""
LONGEST_BLIND_PAUSE_S = 1.0
"""While the length of a task is unknown; a twentieth of the time waited so far, once that is more."""
BLIND_SHARE = 0.05
LONGEST_PAUSE_S = 60.0
LONGEST_CLOSED_PAUSE_S = 600.0
"""While the service says that no access window is open."""
WIDEST = 8
"""Polls under way at once for one QPU: what the transport carries well."""
LONGEST_TRUSTED_PAUSE_S = 30.0
"""An end that is expected later is approached in steps, in case it comes early."""
APPROACH = 2 / 3
JITTER = 0.05
MANY = 4
"""Ends expected at one look, from which on it is always asked whether there are more."""
DISORDER_LASTS = 5.0
"""Lengths of a task for which it is expected after it was last seen."""
HEADS_IN_DISORDER = 0.25
"""The share of looks that begin with the head while it is just one among many."""
MOST_PROBED = 64
"""Jobs behind the head that one look asks about, however many of them have ended."""
MOST_SKIPPED = 7
"""Looks in a row at which nobody checks whether tasks have become shorter, or order is not kept."""
LONGEST_UNCHECKED_S = 10.0
IN_VAIN_A_SECOND = 20.0
"""The budget: questions a second, for one QPU and on average, that find nothing ended."""
LAST_LOOK_S = 0.25
"""How long before a deadline the last look begins."""
LONG_WAIT_S = 30.0
"""Seconds without any end after which the service is asked what it expects."""


class Forecast(Protocol):
    """What the service expects of a QPU's queue."""

    @property
    def opens_in_s(self) -> float:
        """Seconds until the next access window begins; 0 when nothing is closed."""
        ...

    @property
    def free_in_s(self) -> float | None:
        """Seconds until the queue as it is now has been served, as far as the service knows."""
        ...


Forecaster = Callable[[str], Awaitable[Forecast]]
"""Asks for the forecast of a QPU, by its id."""


@define(eq=False)
class Watch:
    """A job that somebody waits for: done when it has ended or met trouble."""

    done: asyncio.Future[None]
    waiters: int = 0
    poll: asyncio.Task[Job] | None = None


@define
class _Suspicion:
    """Whether to look where nothing should have ended: always while that finds something, else ever more rarely."""

    _skip: int = 0
    _skipped: int = 0
    _checked_at: float = 0.0

    def due(self, now: float) -> bool:
        if self._skipped >= self._skip or now - self._checked_at >= LONGEST_UNCHECKED_S:
            return True
        self._skipped += 1
        return False

    def checked(self, now: float, found: int) -> None:
        self._skip = 0 if found else min(2 * self._skip + 1, MOST_SKIPPED)
        self._skipped, self._checked_at = 0, now


class Queue:
    """The jobs of one QPU that somebody waits for."""

    def __init__(self, qpu_id: str, clock: Clock, dice: random.Random, forecaster: Forecaster | None) -> None:
        self._qpu_id = qpu_id
        self._clock = clock
        self._dice = dice
        self._forecaster = forecaster
        self.deadlines: Counter[float | None] = Counter()  # those of the callers who wait
        self._watches: dict[Job, Watch] = {}
        self._undone = Line()
        self._rhythm = Rhythm()
        self._blind_pause_s = 0.0
        self._progress_at = 0.0
        self._late = False
        self._disorder_until = 0.0
        self._in_vain = 0
        self._shorter = _Suspicion()
        self._out_of_order = _Suspicion()
        self._probes = 1
        self._alarmed = False
        self._near_the_head = False
        self._not_probed: list[Job] = []
        self._forecast_at = 0.0
        self._closed_until = 0.0
        self._served_at = 0.0
        self._watching: asyncio.Task[None] | None = None

    # Who waits.

    def watch(self, job: Job) -> Watch:
        """The watch on a job that has not ended; one, however many wait."""
        watch = self._watches.get(job)
        if watch is not None and not watch.done.done():
            return watch
        if watch is not None:  # of the run before this one; those who waited for that have yet to wake up
            self.forget(job, watch)
        watch = self._watches[job] = Watch(asyncio.get_running_loop().create_future())
        job.observe(self._moved)
        if not self._undone:
            self._rest()
            self._forecast_at = self._clock.monotonic()
            self._rhythm.begin(self._forecast_at)
            self._progress_at = self._forecast_at
            self._blind_pause_s = self._closed_until = self._served_at = 0.0
            self._watching = asyncio.create_task(self._watch_all(), name=f"watch {job.qpu_id}")
            self._watching.add_done_callback(self._watched)
        self._undone.add(job)
        return watch

    def forget(self, job: Job, watch: Watch) -> None:
        """Nobody waits for it any more."""
        if self._watches.get(job) is not watch:
            return
        del self._watches[job]
        job.unobserve(self._moved)
        self._undone.discard(job)
        watch.done.cancel()
        if watch.poll is not None:
            watch.poll.cancel()
        if not self._undone and not job.ended:
            self._rest()

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for job in list(self._watches):
            self._fail(job, SdkNotOpen(f"the SDK was closed while {job!r} was awaited; the server goes on with it"))
        self._rest()

    def _watched(self, watching: asyncio.Task[None]) -> None:
        """If the watcher fails, or something else cancels it, every waiter gets an error: nothing asks any more."""
        if watching is not self._watching:
            return  # it was replaced, or put to rest, from here
        self._watching = None
        error = asyncio.CancelledError() if watching.cancelled() else watching.exception()
        if isinstance(error, asyncio.CancelledError):
            error = QcaasError(f"the task that watches {self._qpu_id} was cancelled; `await job.wait()` goes on")
        if error is not None:
            for job in list(self._watches):
                self._fail(job, error)

    def _rest(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _moved(self, job: Job, _event: JobEvent) -> None:
        watch = self._watches.get(job)
        if watch is not None and job.ended and not watch.done.done():
            self._undone.discard(job)
            watch.done.set_result(None)

    def _fail(self, job: Job, error: BaseException) -> None:
        watch = self._watches.get(job)
        if watch is not None and not watch.done.done():
            self._undone.discard(job)
            watch.done.set_exception(error)
            watch.done.exception()  # seen: whoever still waits gets it too

    # When to look.

    async def _watch_all(self) -> None:
        while self._undone:
            self._in_vain = 0
            in_disorder = self._late and self._clock.monotonic() < self._disorder_until
            skips = in_disorder and self._dice.random() > HEADS_IN_DISORDER
            ended = 0 if skips else await self._look_at_the_head()
            found = await self._probe_behind_it(late=self._late and not ended)
            self._late, now = not ended, self._clock.monotonic()
            if found:
                self._disorder_until = now + DISORDER_LASTS * (self._rhythm.length or TOLERATED_LAG_S)
            if ended or found:
                self._progress_at = now
                self._blind_pause_s = self._closed_until = 0.0
            if self._undone:
                await self._heed_the_forecast()
                await self._clock.sleep(self._pause())

    async def _look_at_the_head(self) -> int:
        """Poll from the head on until one is met that has not ended; returns how many had."""
        begin = self._clock.monotonic()
        expected = 1 if self._late else self._rhythm.expected(begin)
        ended, surprises, another_runs = 0, 1, False
        while not another_runs:
            if ended >= expected and not self._is_curious(expected, begin):
                break
            width = min(WIDEST, expected - ended if expected > ended else surprises)
            found = await self._poll(self._undone.first(width))
            if ended >= expected:
                self._shorter.checked(begin, found)
            ended += found
            another_runs = found < width
            if ended > expected:
                surprises *= 2
        self._rhythm.looked(self._clock.monotonic(), ended, another_runs=another_runs)
        return ended

    def _is_curious(self, expected: int, now: float) -> bool:
        """Whether to look for more ends than expected; among many it costs little."""
        return self._rhythm.length is None or expected >= MANY or self._shorter.due(now)

    async def _probe_behind_it(self, *, late: bool) -> int:
        """Poll some whose turn should not have come, and more while that finds ends; returns how many it found."""
        now = self._clock.monotonic()
        behind = self._undone.behind_the_head()
        if not behind or not (late or self._out_of_order.due(now)):
            return 0
        overdue = late and self._rhythm.length is not None and self._rhythm.expected(now) >= MANY
        if overdue and not self._alarmed:
            self._probes = WIDEST
        self._alarmed = overdue
        # If the head will never end, the next ones are just behind it; in any other disorder they may be anywhere.
        self._near_the_head = late and not self._near_the_head and now >= self._disorder_until
        if not self._near_the_head:
            behind = self._next_round(behind)
        ended, asked, probes = 0, 0, self._probes
        while asked < min(len(behind), MOST_PROBED):
            found = await self._poll(behind[asked : asked + probes])
            ended, asked = ended + found, asked + probes
            if not found:
                break
            probes = min(2 * probes, WIDEST)
        if not self._near_the_head:
            self._not_probed = behind[asked:]
        self._probes = min(2 * self._probes, WIDEST) if ended else max(self._probes - 1, 1)
        self._out_of_order.checked(self._clock.monotonic(), ended)
        return ended

    def _next_round(self, behind: Sequence[Job]) -> list[Job]:
        """Those who have not been probed in this round; a new round, shuffled, when all have."""
        left = [job for job in self._not_probed if job in self._undone]
        return left or self._dice.sample(behind, len(behind))

    async def _poll(self, jobs: Sequence[Job]) -> int:
        """Poll some at once, but for those that have ended by other means; returns how many of them are over."""
        jobs = [job for job in jobs if job in self._undone]
        polls = []
        for job in jobs:
            self._watches[job].poll = poll = asyncio.create_task(job.refresh())
            polls.append(poll)
        answers = await asyncio.gather(*polls, return_exceptions=True)
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, Exception):
                self._fail(job, answer)
        over = sum(job not in self._undone for job in jobs)
        self._in_vain += len(jobs) - over
        return over

    async def _heed_the_forecast(self) -> None:
        """Ask what the service expects when nothing has ended for long; a forecast that fails is done without."""
        now = self._clock.monotonic()
        silent = now - max(self._progress_at, self._forecast_at)
        if self._forecaster is None or silent < LONG_WAIT_S or now < self._closed_until:
            return
        self._forecast_at = now
        try:
            forecast = await self._forecaster(self._qpu_id)
        except QcaasError:
            return
        now = self._clock.monotonic()
        self._served_at = now + (forecast.free_in_s or 0.0)
        if forecast.opens_in_s > 0.0:
            self._closed_until = self._progress_at = now + forecast.opens_in_s
            self._rhythm.begin(self._closed_until)
            self._blind_pause_s = 0.0

    def _pause(self) -> float:
        """Seconds until the next look."""
        now = self._clock.monotonic()
        last_look = min((moment for moment in self.deadlines if moment is not None), default=now) - LAST_LOOK_S
        pause = max(self._wanted_pause(now), self._in_vain / IN_VAIN_A_SECOND)
        return last_look - now if now < last_look < now + pause else pause

    def _wanted_pause(self, now: float) -> float:
        rhythm = self._rhythm
        length = rhythm.length or 0.0
        if (closed := self._closed_until - now) > 0:
            too_long = closed > LONGEST_CLOSED_PAUSE_S
            return (
                self._jittered(LONGEST_CLOSED_PAUSE_S) if too_long else closed + self._dice.uniform(0, FIRST_PAUSE_S)
            )
        if now < self._disorder_until:
            return self._jittered(min(TOLERATED_LAG_S, max(length, SHORTEST_PAUSE_S)))
        due = rhythm.end + max(length + rhythm.margin, min(TOLERATED_LAG_S, length * len(self._undone) / 4)) - now
        if due > LONGEST_TRUSTED_PAUSE_S:
            return self._jittered(APPROACH * due)
        if due > 0:
            return max(SHORTEST_PAUSE_S, due + self._dice.uniform(0, min(JITTER * due, rhythm.margin)))
        wait = max(now - self._progress_at, self._served_at - now)
        ceiling = min(max(LONGEST_BLIND_PAUSE_S, BLIND_SHARE * wait), LONGEST_PAUSE_S)
        first = max(FIRST_PAUSE_S, min(BLIND_SHARE * length, 2 * FIRST_PAUSE_S))
        self._blind_pause_s = min(max(first, 2 * self._blind_pause_s), ceiling)
        return self._jittered(self._blind_pause_s)

    def _jittered(self, pause: float) -> float:
        return pause * self._dice.uniform(1 - JITTER, 1 + JITTER)
