"""Simulates in child processes: programs travel in batches, and their results come back one by one."""

import asyncio
from itertools import count

from attrs import define, field

from qcaas_sdk.local.simulator.engines import EngineName
from qcaas_sdk.local.simulator.entries import Entry, Waiting, too_slow
from qcaas_sdk.local.simulator.process import Message, SimulatorProcess, idle_or_new, leave
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationFailure, response_as_outcome
from qcaas_sdk.local.simulator.task_error import TaskErrorCode

CANCEL_GRACE_S = 0.25
"""Seconds in which a cancelled run can end by itself, before its process is killed."""
LONG_RUN_S = 1.0
"""Seconds after which other runs of the service can start beside a run."""
AHEAD = 64
"""Programs that wait in a process: enough for its next groups."""
MAX_BATCH = 32
"""Programs that a process gets at one time."""
_numbers = count()
MAX_ATTEMPTS = 3
"""How often a program is sent to a process that ends before it begins it."""


@define(eq=False)
class _Lane:
    """One process and what it was sent.

    Attributes:
        process: The process.
        sent: What it was sent and has not answered, by number.
        on: The numbers of what it runs now.
        is_long: Whether it runs a program that takes long.
        is_ending: Whether it was killed.
        timer: What happens if its run does not end soon.
    """

    process: SimulatorProcess
    sent: dict[int, Entry] = field(factory=dict)
    on: list[int] = field(factory=list)
    is_long: bool = False
    is_ending: bool = False
    timer: asyncio.TimerHandle | None = None

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def kill(self) -> None:
        self.is_ending = True
        self.process.kill()


class Processes:
    """Runs programs in processes: in `workers` at one time, and the next ones beside long runs.

    Args:
        engine: What runs them.
        at_once: How many run at one time, long runs included.
        workers: How many processes there are for runs that are not long.
    """

    def __init__(self, engine: EngineName = EngineName.AER, at_once: int = 4, workers: int = 1) -> None:
        self._engine = engine
        self._at_once = max(at_once, workers)
        self._workers = workers
        self._waiting = Waiting()
        self._lanes: list[_Lane] = []
        self._dispatch_is_due = False

    @property
    def ahead(self) -> int:
        """How many programs one QPU hands over before the first of them has ended."""
        return AHEAD * self._workers

    def start(self) -> None:
        """Start the processes; they load the engine."""
        while len(self._lanes) < self._workers:
            self._add_lane()

    async def run(self, entry: Entry) -> Simulation | SimulationFailure:
        """Run a program. The time limit does not include the wait.

        If the caller is cancelled, the run ends: if it does not end at once, its process is killed.
        """
        self._waiting.add(entry)
        self._dispatch_soon()
        try:
            return await entry.done
        finally:
            if entry.done.cancelled():
                self._abandon(entry)

    def close(self) -> None:
        """Release the processes."""
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.stop_timer()
            if lane.sent or lane.on or lane.is_ending:
                lane.process.ignore()
                lane.kill()
            else:
                leave(lane.process)

    # Sending.

    def _dispatch_soon(self) -> None:
        """Send what waits, after those who are about to add more have done so."""
        if not self._dispatch_is_due:
            self._dispatch_is_due = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatch_is_due = False
        while waiting := len(self._waiting):
            lane = self._lane_with_room()
            if lane is None:
                return
            share = max(1, waiting // (2 * self._workers))
            entries = self._waiting.take(min(share, MAX_BATCH, AHEAD - len(lane.sent)))
            if not entries:
                return
            numbered = [(next(_numbers), entry) for entry in entries]
            it_waits = lane.process.is_ready and not lane.sent
            lane.sent.update(numbered)
            lane.process.run([(n, entry.alone, entry.request) for n, entry in numbered], it_waits=it_waits)

    def _lane_with_room(self) -> _Lane | None:
        lanes = [lane for lane in self._lanes if not lane.is_long and not lane.is_ending]
        least = min(lanes, key=lambda lane: len(lane.sent), default=None)
        if (least is None or least.sent) and len(lanes) < self._workers and len(self._lanes) < self._at_once:
            return self._add_lane()
        return least if least is not None and len(least.sent) <= AHEAD // 2 else None

    def _add_lane(self) -> _Lane:
        lane = _Lane(idle_or_new(self._engine))
        self._lanes.append(lane)
        lane.process.listen(lambda messages: self._hear(lane, messages))
        return lane

    # Hearing.

    def _hear(self, lane: _Lane, messages: list[Message]) -> None:
        if lane not in self._lanes:
            return
        for message in messages:
            match message:
                case {"number": number, "response": response}:
                    self._finish(lane, number, response_as_outcome(response))
                case {"on": numbers}:
                    self._begin(lane, numbers)
                case {"unloadable": why}:
                    lane.is_ending = True
                    for entry in lane.sent.values():
                        entry.fail(TaskErrorCode.INTERNAL, why)
                    lane.sent.clear()
                case {"end": code}:
                    self._end(lane, code)
        self._dispatch()

    def _begin(self, lane: _Lane, numbers: list[int]) -> None:
        lane.on = numbers
        entries = [lane.sent[number] for number in numbers if number in lane.sent]
        for entry in entries:
            entry.start()
        lane.stop_timer()
        limits = [entry.time_limit_s for entry in entries if entry.time_limit_s is not None]
        limit_s = max(limits, default=None)
        delay_s = LONG_RUN_S if limit_s is None else min(limit_s, LONG_RUN_S)
        loop = asyncio.get_running_loop()
        if numbers and not entries:  # it runs what nobody waits for
            lane.timer = loop.call_later(CANCEL_GRACE_S, lane.kill)
        else:
            lane.timer = loop.call_later(delay_s, self._takes_long, lane, limit_s, delay_s)

    def _takes_long(self, lane: _Lane, limit_s: float | None, after_s: float) -> None:
        lane.timer = None
        if limit_s is not None and limit_s <= after_s:
            if len(lane.on) == 1 and (entry := lane.sent.pop(lane.on[0], None)) is not None:
                lane.on = []
                entry.fail(TaskErrorCode.TOO_SLOW, too_slow(limit_s))
            lane.kill()
            return
        lane.is_long = True
        behind = [number for number in lane.sent if number not in lane.on]
        if behind:
            lane.process.drop(behind)
            self._waiting.put_back([lane.sent.pop(number) for number in behind])
        for entry in lane.sent.values():
            entry.on_long_run()
        if limit_s is not None:
            loop = asyncio.get_running_loop()
            lane.timer = loop.call_later(limit_s - after_s, self._takes_long, lane, limit_s, limit_s)
        self._dispatch()

    def _finish(self, lane: _Lane, number: int, outcome: Simulation | SimulationFailure) -> None:
        if number in lane.on:
            lane.on.remove(number)
        if (entry := lane.sent.pop(number, None)) is not None:
            entry.settle(outcome)
        if lane.on or lane.is_ending:
            return
        lane.stop_timer()
        if lane.is_long:
            lane.is_long = False
            if sum(not other.is_long for other in self._lanes) > self._workers:  # each needs memory
                lane.process.ignore()
                lane.kill()
                self._lanes.remove(lane)
                self._waiting.put_back(lane.sent.values())

    def _end(self, lane: _Lane, code: int) -> None:
        """The process has ended."""
        lane.stop_timer()
        self._lanes.remove(lane)
        left = lane.sent
        culprits = [left[number] for number in lane.on if number in left]
        if not lane.process.is_ready and left and not lane.is_ending:
            culprits = [next(iter(left.values()))]
        if len(culprits) == 1 and not lane.is_ending:
            culprits[0].fail(
                TaskErrorCode.INTERNAL,
                f"the simulator process ended with exit code {code} while it ran this program; it may have run out "
                "of memory",
            )
        for entry in culprits:
            entry.alone = True
        if left and not culprits and not lane.is_ending:
            first = next(iter(left.values()))
            first.attempts += 1
            if first.attempts == MAX_ATTEMPTS:
                first.fail(TaskErrorCode.INTERNAL, f"the simulator process ended {MAX_ATTEMPTS} times: code {code}")
        self._waiting.put_back(left.values())

    def _abandon(self, entry: Entry) -> None:
        for lane in self._lanes:
            number = next((number for number, sent in lane.sent.items() if sent is entry), None)
            if number is None:
                continue
            del lane.sent[number]
            if number not in lane.on:
                lane.process.drop([number])
            elif len(lane.on) == 1:
                lane.stop_timer()
                lane.timer = asyncio.get_running_loop().call_later(CANCEL_GRACE_S, lane.kill)
        self._dispatch_soon()
