"""Questions a job against lag: this SDK's scheduler, and exponential back-off for each job alone, in virtual time.

Everything but the scheduler is the same: the SDK, the simulated cloud, its seeds. Draws docs/pictures/polling.svg
where matplotlib is installed (`pip install --group bench`). Then, in real time, jobs one after the other on the
embedded QPU: seconds a job beyond the QPU's own time, after one slow job.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from attrs import frozen

from qcaas_sdk import CompositeJob, Job, OqcSdk
from qcaas_sdk.local import LocalQpu, LocalSettings
from qcaas_sdk.testing import (
    Constant,
    Exponential,
    SimulatedCloud,
    SimulatedQpu,
    run_virtual,
    sdk_on,
)

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "polling.svg"
CAPS_S = (1.0, 2.0, 5.0, 15.0, 60.0)
SEEDS = range(9)
BACK_OFF_SEEDS = range(3)
LATENCY_S = 0.01
MIN_SHOWN_S = 0.05


async def back_off(composite: CompositeJob, cap_s: float, rng: random.Random) -> None:
    """Each job asks for itself: after 0.1 s, then after twice as long each time, up to a cap; a little jittered."""

    async def wait(job: Job) -> None:
        pause = 0.1
        while not (await job.refresh()).ended:
            await asyncio.sleep(pause * rng.uniform(0.75, 1.0))
            pause = min(2 * pause, cap_s)

    await composite.submit()
    await asyncio.gather(*(wait(job) for job in composite.leaves()))


@frozen
class Situation:
    """A campaign: what the QPUs are like, and how many tasks there are."""

    name: str
    qpus: Callable[[], Sequence[SimulatedQpu]]
    tasks: int
    before: int = 0
    """Tasks of the same kind that have run before on the same SDK."""
    caps_s: Sequence[float] = CAPS_S
    """The caps that are tried; short ones would need a million questions where the wait is long."""


def one(**options: object) -> Callable[[], Sequence[SimulatedQpu]]:
    return lambda: [SimulatedQpu("q1", **options)]  # type: ignore[arg-type]


SITUATIONS = (
    Situation("1,000 tasks of 0.02 s", one(service_time=Constant(0.02)), 1000),
    Situation("200 tasks of 1 s", one(service_time=Constant(1.0)), 200),
    Situation("200 tasks of about 1 s (exponential)", one(service_time=Exponential(1.0)), 200),
    Situation("one task of 20 s, the first", one(service_time=Constant(20.0)), 1),
    Situation("one task of 20 s, the second", one(service_time=Constant(20.0)), 1, before=1),
    Situation("50 tasks of 60 s", one(service_time=Constant(60.0)), 50, caps_s=(15.0, 60.0)),
    Situation(
        "100 tasks of 1 s, window shut for 3 h",
        one(service_time=Constant(1.0), windows=[(0, 50), (50 + 3 * 3600, 10**7)]),
        100,
        caps_s=(60.0,),
    ),
    Situation(
        "4 QPUs, 50 tasks of 1 s each",
        lambda: [SimulatedQpu(f"q{n}", service_time=Constant(1.0)) for n in range(1, 5)],
        200,
    ),
    Situation("100 tasks of 1 s, in any order", one(service_time=Constant(1.0), in_order=False), 100),
)


@frozen
class Figures:
    """Questions a job, and seconds from the end of a task to its discovery."""

    questions: float
    lag_median_s: float
    lag_p95_s: float


def measured(situation: Situation, cap_s: float | None, seed: int) -> Figures:
    """Run it once; `cap_s` None stands for the SDK's own scheduler."""
    cloud = SimulatedCloud(seed=seed, qpus=situation.qpus(), latency_s=LATENCY_S)

    async def campaign() -> list[tuple[str, float]]:
        async with sdk_on(cloud) as sdk:
            qpus = [qpu.id for qpu in situation.qpus()]
            for number in range(situation.before):
                await sdk.create_job(program=f"OPENQASM 2.0; // before {number}", qpu_id=qpus[0]).execute()
            nonlocal asked_before
            asked_before = questions()
            programs = [f"OPENQASM 2.0; // {number}" for number in range(situation.tasks)]
            composite = sdk.create_job(
                program=programs, qpu_id=[qpus[number % len(qpus)] for number in range(situation.tasks)]
            )
            if cap_s is None:
                await composite.wait()
            else:
                await back_off(composite, cap_s, random.Random(seed))
            return [(str(job.task_id), job.transitions[-1].monotonic_s) for job in composite.leaves()]

    def questions() -> int:
        return sum(request.kind in {"status", "info"} for request in cloud.ledger.requests())

    asked_before = 0
    random.seed(seed)
    found = run_virtual(campaign())
    lags = sorted(moment - (cloud.ledger.ended_at(task) or 0.0) for task, moment in found)
    asked = (questions() - asked_before) / situation.tasks
    return Figures(asked, median(lags), lags[int(0.95 * (len(lags) - 1))])


def typical(situation: Situation, cap_s: float | None) -> Figures:
    """The medians over the seeds."""
    runs = [measured(situation, cap_s, seed) for seed in (SEEDS if cap_s is None else BACK_OFF_SEEDS)]
    return Figures(*(median(getattr(run, name) for run in runs) for name in Figures.__annotations__))


def draw(figures: dict[str, dict[float | None, Figures]]) -> None:
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        print("no picture: matplotlib is not installed (pip install --group bench)")
        return
    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "polling", "font.family": "sans-serif", "font.size": 9}
    )
    figure, axes = plt.subplots(3, 3, figsize=(9.6, 8.4), layout="constrained")
    for axis, (name, ways) in zip(axes.flat, figures.items(), strict=True):
        caps = [cap for cap in ways if cap is not None]
        axis.plot(
            [ways[cap].questions for cap in caps],
            [max(ways[cap].lag_p95_s, MIN_SHOWN_S) for cap in caps],
            "o-",
            color="#0072B2",
            markersize=4,
            label="back-off for each job (cap)",
        )
        for cap in {caps[0], caps[-1]}:
            place = (ways[cap].questions, max(ways[cap].lag_p95_s, MIN_SHOWN_S))
            axis.annotate(f"{cap:g} s", place, textcoords="offset points", xytext=(5, 5), fontsize=8, color="#0072B2")
        own = ways[None]
        lag_s = max(own.lag_p95_s, MIN_SHOWN_S)
        axis.plot([own.questions], [lag_s], "*", color="#D55E00", markersize=13, label="this SDK")
        axis.set(xscale="log", yscale="log", title=name, xlim=(0.7, 300), ylim=(MIN_SHOWN_S / 1.5, 200))
        axis.set_xticks([1, 10, 100], labels=["1", "10", "100"])
        axis.set_yticks([0.1, 1, 10, 100], labels=["0.1", "1", "10", "100"])
        axis.title.set_fontsize(9)
        axis.grid(which="major", alpha=0.3)
        axis.minorticks_off()
    figure.supxlabel("questions per job (fewer is cheaper)")
    figure.supylabel("lag in seconds, 95 of 100 below (less is faster)")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None}, facecolor="white")
    print(f"drawn: {PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE}")


def cell(figures: Figures | None) -> str:
    if figures is None:
        return "-"
    return f"{figures.questions:.2f}, {figures.lag_median_s:.2f} / {figures.lag_p95_s:.2f}"


PROGRAM = """OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; h q[0]; measure q -> c;"""
SHOTS = 100
LENGTHS_S = (0.0, 0.005, 0.02, 0.1)


async def beyond_qpu_time(length_s: float, jobs: int = 40) -> list[float]:
    """Seconds of each job beyond its time on the embedded QPU, one job after the other, after one slow one."""
    qpu = LocalQpu(seconds_per_shot=length_s / SHOTS)
    async with OqcSdk.local(LocalSettings(qpus=[qpu])) as sdk:
        await sdk.create_job(program=PROGRAM, shots=SHOTS).execute()  # the slow one: the simulator starts
        seconds = []
        for _ in range(jobs):
            begin = time.monotonic()
            await sdk.create_job(program=PROGRAM, shots=SHOTS).execute()
            seconds.append(time.monotonic() - begin - length_s)
        return seconds


def embedded() -> None:
    heads = "".join(f"{head:>24}" for head in ("jobs 2 to 10", "jobs 11 to 40", "the slowest"))
    print(f"\n{'embedded QPU, one by one: time of a job':40}{heads}")
    for length_s in LENGTHS_S:
        seconds = asyncio.run(beyond_qpu_time(length_s))
        cells = (median(seconds[:9]), median(seconds[9:]), max(seconds))
        print(f"{length_s:>8.3f} s, beyond it (median)".ljust(40) + "".join(f"{cell:>22.3f} s" for cell in cells))


def main() -> None:
    figures: dict[str, dict[float | None, Figures]] = {}
    heads = ["this SDK", *(f"cap {cap:g} s" for cap in CAPS_S)]
    print(f"{'questions per job, lag median / p95 in s':40}" + "".join(f"{head:>24}" for head in heads))
    for situation in SITUATIONS:
        figures[situation.name] = ways = {way: typical(situation, way) for way in (None, *situation.caps_s)}
        cells = (cell(ways.get(way)) for way in (None, *CAPS_S))
        print(f"{situation.name:40}" + "".join(f"{text:>24}" for text in cells), flush=True)
    draw(figures)
    embedded()


if __name__ == "__main__":
    main()
