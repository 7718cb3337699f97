"""When a job asks how it stands. It never speaks to a server itself: it triggers the job's `poll`.

A QPU serves a queue in order, nearly always. So for each QPU one watcher looks at the head of those that somebody
waits for, learns how long a task takes, and sleeps until the next end is due. When the head has ended it looks at
those behind it, as many at once as should have ended by now. Probes behind the head find out when order is not kept;
the more they find, the more there are. Nobody who waits means nobody who asks.
"""

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice
from statistics import median

from attrs import define

from qcaas_sdk.clock import Clock
from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.job import Job, JobEvent

SHORTEST_PAUSE_S = 0.02
FIRST_PAUSE_S = 0.05
"""Pause after the first look at a task of unknown length; doubles as long as nothing ends."""
TOLERATED_LAG_S = 0.3
"""How late an end may be noticed where looking once is cheaper than looking at each."""
LONGEST_BLIND_PAUSE_S = 1.0
"""While the length of a task is unknown; a twentieth of the time waited so far, once that is more."""
BLIND_SHARE = 0.05
LONGEST_PAUSE_S = 60.0
WIDEST = 8
"""Polls under way at once for one QPU: what the transport carries well."""
REMEMBERED = 5
"""Ends from which the length of a task is learned."""
LONGEST_TRUSTED_PAUSE_S = 30.0
"""An end that is expected later is approached by halves, in case it comes early."""
JITTER = 0.05


@define(eq=False)
class _Watch:
    """A job that somebody waits for: done when it has ended or met trouble."""

    done: asyncio.Future[None]
    waiters: int = 0
    poll: asyncio.Task[Job] | None = None


class PollScheduler:
    """Polls the jobs that somebody waits for, QPU by QPU, however many wait."""

    def __init__(self, clock: Clock, random: random.Random) -> None:
        self._clock = clock
        self._random = random
        self._queues: dict[str, _Queue] = {}

    async def until_ended(self, job: Job) -> None:
        """Wait for the job's end.

        Raises:
            QcaasError: A poll of this job met trouble; the job stands where it stood.
            SdkNotOpen: The SDK was closed meanwhile.
        """
        if job.ended:
            return
        queue = self._queues.get(job.qpu_id)
        if queue is None:
            queue = self._queues[job.qpu_id] = _Queue(self._clock, self._random)
        watch = queue.watch(job)
        watch.waiters += 1
        try:
            await asyncio.shield(watch.done)
        finally:
            watch.waiters -= 1
            if watch.waiters == 0:
                queue.forget(job, watch)

    def close(self) -> None:
        """Wake every waiter with `SdkNotOpen`."""
        for queue in self._queues.values():
            queue.close()


class _Queue:
    """The jobs of one QPU that somebody waits for, in the order in which they will probably end."""

    def __init__(self, clock: Clock, dice: random.Random) -> None:
        self._clock = clock
        self._dice = dice
        self._watches: dict[Job, _Watch] = {}
        self._undone: OrderedDict[Job, None] = OrderedDict()  # a dict would get slow at its front
        self._lengths: deque[float] = deque(maxlen=REMEMBERED)
        self._progress_at = 0.0
        self._blind_pause_s = 0.0
        self._stalled = False
        self._probes = 1
        self._probed = 0
        self._watching: asyncio.Task[None] | None = None

    # Who waits.

    def watch(self, job: Job) -> _Watch:
        watch = self._watches.get(job)
        if watch is not None and not watch.done.done():
            return watch
        if watch is not None:  # of the run before this one; those who waited for that have yet to wake up
            self.forget(job, watch)
        watch = self._watches[job] = _Watch(asyncio.get_running_loop().create_future())
        job.observe(self._moved)
        if not self._undone:
            self._rest()
            self._progress_at, self._blind_pause_s = self._clock.monotonic(), 0.0
            self._watching = asyncio.create_task(self._watch_all(), name=f"watch {job.qpu_id}")
        self._undone[job] = None
        return watch

    def forget(self, job: Job, watch: _Watch) -> None:
        if self._watches.get(job) is not watch:
            return
        del self._watches[job]
        job.unobserve(self._moved)
        self._undone.pop(job, None)
        watch.done.cancel()
        if watch.poll is not None:
            watch.poll.cancel()
        if not self._undone and not job.ended:
            self._rest()

    def close(self) -> None:
        for job in list(self._watches):
            self._fail(job, SdkNotOpen(f"the SDK was closed while {job!r} was awaited; the server goes on with it"))
        self._rest()

    def _rest(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _moved(self, job: Job, _event: JobEvent) -> None:
        watch = self._watches.get(job)
        if watch is not None and job.ended and not watch.done.done():
            self._undone.pop(job, None)
            watch.done.set_result(None)

    def _fail(self, job: Job, error: BaseException) -> None:
        watch = self._watches.get(job)
        if watch is not None and not watch.done.done():
            self._undone.pop(job, None)
            watch.done.set_exception(error)
            watch.done.exception()  # seen: whoever still waits gets it too

    # When to look.

    async def _watch_all(self) -> None:
        while self._undone:
            ended = await self._look_at_the_head() + await self._probe_behind_it()
            self._learn(ended)
            if self._undone:
                await self._clock.sleep(self._pause() * self._dice.uniform(1 - JITTER, 1 + JITTER))

    async def _look_at_the_head(self) -> int:
        """Poll from the head on until one is met that has not ended; returns how many had."""
        ended, surprises = 0, 1
        expected = 1 if self._stalled else self._expected()
        while True:
            width = min(WIDEST, expected - ended if expected > ended else surprises)
            heads = list(islice(self._undone, width))
            found = await self._poll(heads)
            ended += found
            if found < width:
                return ended
            if ended > expected:
                surprises *= 2

    async def _probe_behind_it(self) -> int:
        """Poll some whose turn should not have come, and more while that finds ends; returns how many it found."""
        behind = list(islice(self._undone, 1, None))
        begin = self._probed % len(behind) if behind else 0
        ended, probes = 0, self._probes
        while behind:
            chosen = (behind[begin:] + behind[:begin])[:probes]
            found = await self._poll(chosen)
            ended += found
            self._probed = begin + len(chosen)
            if not found:
                break
            taken = set(chosen)
            behind = behind[begin + len(chosen) :] + [job for job in behind[:begin] if job not in taken]
            begin, probes = 0, min(2 * probes, WIDEST)
        self._probes = min(2 * self._probes, WIDEST) if ended else max(self._probes - 1, 1)
        return ended

    async def _poll(self, jobs: Sequence[Job]) -> int:
        """Poll some at once; returns how many of them are over, well or badly."""
        polls = []
        for job in jobs:
            self._watches[job].poll = poll = asyncio.create_task(job.refresh())
            polls.append(poll)
        answers = await asyncio.gather(*polls, return_exceptions=True)
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, Exception):
                self._fail(job, answer)
        return sum(job not in self._undone for job in jobs)

    # What it has learned.

    def _expected(self) -> int:
        """How many should have ended since the last one that did, at least one."""
        length = self._length()
        return max(1, int((self._clock.monotonic() - self._progress_at) / length)) if length else 1

    def _length(self) -> float | None:
        """Seconds that a task takes, as far as is known; a median, so that one closed window does not count."""
        return median(self._lengths) if self._lengths else None

    def _learn(self, ended: int) -> None:
        self._stalled = ended == 0
        if self._stalled:
            return
        now = self._clock.monotonic()
        self._lengths.append((now - self._progress_at) / ended)
        self._progress_at, self._blind_pause_s = now, 0.0

    def _pause(self) -> float:
        """Seconds until the next look."""
        waited = self._clock.monotonic() - self._progress_at
        if (length := self._length()) is not None:
            due = max(length, min(TOLERATED_LAG_S, length * len(self._undone) / 4)) - waited
            if due > 0:
                return max(SHORTEST_PAUSE_S, due if due <= LONGEST_TRUSTED_PAUSE_S else due / 2)
        ceiling = min(max(LONGEST_BLIND_PAUSE_S, BLIND_SHARE * waited), LONGEST_PAUSE_S)
        self._blind_pause_s = min(max(FIRST_PAUSE_S, 2 * self._blind_pause_s), ceiling)
        return self._blind_pause_s
