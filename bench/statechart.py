"""The machine beside stock `AsyncMachine`: µs a transition, bytes a job, 10,000 polls at once. Medians of five.

Both run the same life: a poll that asks (an effect which gives way to the loop once), three guards that say no, and
a stay. The stock machine gets it as its users would write it: one machine for all, models registered.
"""

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable

from transitions.extensions.asyncio import AsyncMachine

from qcaas_sdk.statechart import Callbacks, Machine, Transition, TransitionLock, parse_chart

CHART = """
name: task
summary: A task that is polled.
initial: running
states:
  - {name: running, summary: It runs.}
  - {name: completed, summary: Done., final: true}
  - {name: failed, summary: Failed., final: true}
  - {name: cancelled, summary: Cancelled., final: true}
transitions:
  - trigger: poll
    source: running
    summary: Ask.
    effect: ask
    choices:
      - {guard: is_completed, target: completed, summary: Done.}
      - {guard: is_failed, target: failed, summary: Failed.}
      - {guard: is_cancelled, target: cancelled, summary: Cancelled.}
      - {summary: No news.}
"""
ROUNDS = 5
SEQUENTIAL = 5_000
CONCURRENT = 10_000
# The stock machine's registration compares every model with every other: 10,000 of them would take minutes.
STOCK_MODELS = 2_000


class Task:
    """A model of ours: two slots for the machine."""

    __slots__ = ("lock", "state")
    lock: TransitionLock | None
    state: str

    def __init__(self) -> None:
        self.state = "running"
        self.lock = None

    def on_transition(self, transition: Transition[str]) -> None: ...


class StockTask:
    """A model of the stock machine."""

    async def ask(self) -> None:
        await asyncio.sleep(0)

    def is_completed(self) -> bool:
        return False

    is_failed = is_cancelled = is_completed

    poll: Callable[[], Awaitable[bool]]


async def ask(_: Task) -> str:
    await asyncio.sleep(0)
    return "RUNNING"


def says_no(_: Task, __: str | None) -> bool:
    return False


def ours() -> Machine[Task, str]:
    guards = dict.fromkeys(("is_completed", "is_failed", "is_cancelled"), says_no)
    return Machine(parse_chart(CHART), Callbacks(effects={"ask": ask}, guards=guards))


def stock() -> AsyncMachine:
    machine = AsyncMachine(
        model=None, states=["running", "completed", "failed", "cancelled"], initial="running", auto_transitions=False
    )
    for index, end in enumerate(("completed", "failed", "cancelled")):
        machine.add_transition("poll", "running", end, prepare="ask" if index == 0 else None, conditions=f"is_{end}")
    machine.add_transition("poll", "running", None)
    return machine


def seconds(run: Callable[[], Awaitable[object]]) -> float:
    async def timed() -> float:
        begin = time.perf_counter()
        await run()
        return time.perf_counter() - begin

    return asyncio.run(timed())


def grown(make: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


async def repeated(call: Callable[[], Awaitable[object]], times: int) -> None:
    for _ in range(times):
        await call()


def main() -> None:
    machine, task = ours(), Task()
    other = stock()
    model = StockTask()
    other.add_model(model)
    tasks = [Task() for _ in range(CONCURRENT)]
    crowd = stock()
    models = [StockTask() for _ in range(STOCK_MODELS)]
    registering = time.perf_counter()
    for each in models:
        crowd.add_model(each)
    registering = time.perf_counter() - registering

    figures: dict[str, list[float]] = {"ours": [], "stock": [], "ours at once": [], "stock at once": []}
    for _ in range(ROUNDS):
        figures["ours"].append(seconds(lambda: repeated(lambda: machine.fire(task, "poll"), SEQUENTIAL)))
        figures["stock"].append(seconds(lambda: repeated(model.poll, SEQUENTIAL)))
        figures["ours at once"].append(seconds(lambda: asyncio.gather(*(machine.fire(t, "poll") for t in tasks))))
        figures["stock at once"].append(seconds(lambda: asyncio.gather(*(m.poll() for m in models))))
    median = {name: statistics.median(values) for name, values in figures.items()}
    a, b = (median[name] / SEQUENTIAL * 1e6 for name in ("ours", "stock"))
    print(f"one poll, one model:      {a:7.1f} µs   stock {b:7.1f} µs   stock / ours {b / a:5.1f}")
    a, b = median["ours at once"], median["stock at once"] * CONCURRENT / STOCK_MODELS
    print(
        f"{CONCURRENT} polls at once:    {a:7.3f} s    stock {b:7.3f} s    stock / ours {b / a:5.1f}   "
        f"(stock: {STOCK_MODELS}, scaled)"
    )
    own = grown(lambda: [Task() for _ in range(CONCURRENT)]) / CONCURRENT
    theirs = grown(lambda: [crowd.add_model(m) or m for m in [StockTask() for _ in range(100)]]) / 100
    print(f"a model's memory:         {own:7.0f} B    stock {theirs:7.0f} B    (shared machine, registered models)")
    print(
        f"registering a model:          0.0 µs   stock {registering / STOCK_MODELS * 1e6:7.1f} µs   "
        f"(mean over {STOCK_MODELS}; grows with their number)"
    )


if __name__ == "__main__":
    main()
