"""`python -m tests.soak.lifecycles [LIVES]`: so many job lifecycles with faults, and how fast they are.

A life is one run of a job that came to its end. First campaigns, as users write them, judged at their end; then the
kit's lifecycle machines, in which every invariant is asked after every step.
"""

import random
import sys
import time
import warnings
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk import OqcSdk, ServerWarning, TransportError
from qcaas_sdk.testing import (
    ALWAYS,
    OUTCOMES,
    Dropped,
    Exponential,
    Fault,
    LifecycleMachine,
    OnCloud,
    Recorder,
    SimulatedCloud,
    SimulatedQpu,
    Slow,
    Status,
    Truncated,
    check,
    free_when_idle,
    run_virtual,
    sdk_on,
)
from tests.test_lifecycle import CompositeLifecycle, JobLifecycle

FAULTS = (
    Fault(Dropped(after_acting=True), probability=0.05),
    Fault(Status(503), probability=0.05),
    Fault(Status(429, retry_after_s=1.0), probability=0.03),
    Fault(Slow(5.0, acts_late=True), probability=0.03),
    Fault(Truncated(), probability=0.03),
)
PROGRAMS = [f"OPENQASM 2.0; {comment}" for comment in OUTCOMES if "never ends" not in comment]

EXAMPLES_AT_ONCE = 500


async def campaign(seed: int, jobs: int) -> None:
    """So many jobs on a cloud of their own, all invariants at the end."""
    random.seed(seed)  # of the SDK's pauses
    rng = random.Random(seed)
    qpu = SimulatedQpu(service_time=Exponential(0.2), in_order=rng.random() < 0.5)
    cloud = SimulatedCloud(seed=seed, qpus=[qpu], faults=FAULTS, latency_s=0.01)
    sdk = sdk_on(cloud)
    await open_in_the_end(sdk)
    async with sdk:
        with Recorder(cloud) as recorder:
            recorder.watch(sdk)
            composite = sdk.create_job(program=rng.choices(PROGRAMS, k=jobs))
            await composite.execute()
            assert composite.ended
            check(recorder, *ALWAYS, free_when_idle)


async def open_in_the_end(sdk: OqcSdk) -> None:
    """Open it as users do whose service has many faults: they try again."""
    while True:
        with suppress(TransportError):
            await sdk.open()
            return


def campaigns(wanted: int, jobs: int) -> None:
    begin = time.process_time()
    for seed in range(0, wanted, jobs):
        run_virtual(campaign(seed, jobs))
    seconds = time.process_time() - begin
    tell(f"campaigns of {jobs}", wanted, seconds)


def tell(what: str, lives: int, seconds: float) -> None:
    print(
        f"{what}: {lives} lives, no violation; {seconds:.1f} s of CPU: {lives / seconds:.0f} lives a second",
        flush=True,
    )


def machine(machine: type[LifecycleMachine], wanted: int) -> None:
    lives = examples = 0

    class Counting(machine):  # type: ignore[misc,valid-type]  # the base is chosen here
        def teardown(self) -> None:
            nonlocal lives, examples
            super().teardown()
            if isinstance(self.subject, OnCloud):
                lives += sum(observation.runs for observation in self.subject.recorder.observations)
                examples += 1

    often: Any = settings(
        max_examples=EXAMPLES_AT_ONCE,
        stateful_step_count=15,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    begin = time.process_time()
    while lives < wanted:
        run_state_machine_as_test(Counting, settings=often)
    seconds = time.process_time() - begin
    tell(f"lifecycle machine of {machine.chart.name}, {examples} examples", lives, seconds)


def main(wanted: int = 10_000) -> None:
    warnings.simplefilter("ignore", ServerWarning)
    for jobs in (1, 20, 100):
        campaigns(wanted, jobs)
    for each in (JobLifecycle, CompositeLifecycle):
        machine(each, wanted)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
