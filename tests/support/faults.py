"""Faults by name, as bad as they come, for tests of what is promised under them."""

from collections.abc import Sequence
from typing import Any

from qcaas_sdk.testing import Dropped, Fault, Html, SimulatedCloud, SimulatedQpu, Status, Truncated, Unreachable
from qcaas_sdk.testing.cloud.service_times import Constant

QPU = "qpu:sim:1"

DROPPED = (Fault(Dropped(after_acting=True), probability=0.2), Fault(Dropped(after_acting=False), probability=0.1))
BROKEN = (Fault(Status(503), probability=0.2), Fault(Status(502, after_acting=True), probability=0.1))
LIMITED = (Fault(Status(429, retry_after_s=1.0), probability=0.2), Fault(Status(429), probability=0.1))
NOISE = (Fault(Html(), probability=0.05), Fault(Truncated(), probability=0.1), Fault(Unreachable(), probability=0.1))
BLACKOUT = (Fault(Dropped(after_acting=True), during=(0.5, 5.5)),)

FAULTS: dict[str, Sequence[Fault]] = {
    "fair": (),
    "30% dropped": DROPPED,
    "30% 5xx": BROKEN,
    "30% 429": LIMITED,
    "noise": NOISE,
    "a blackout of 5 s": BLACKOUT,
    "all together": (*DROPPED, *BROKEN, *LIMITED, *NOISE, *BLACKOUT),
}
SECOND_SUBMISSIONS = ("ignored", "conflict", "bad_request")


def cloud_with(
    faults: str, second_submission: str, *, seed: int, rate_limit: float | None = None, **more: Any
) -> SimulatedCloud:
    """A cloud with one QPU of 0.05 s a task."""
    return SimulatedCloud(
        seed=seed,
        faults=FAULTS[faults],
        second_submission=second_submission,  # type: ignore[arg-type]  # one of the literals
        rate_limit=rate_limit,
        latency_s=0.002,
        qpus=[SimulatedQpu(QPU, service_time=Constant(0.05))],
        **more,
    )


def programs(count: int, start: int = 0) -> list[str]:
    """Programs that can be told apart."""
    return [f"OPENQASM 2.0; // program {number}" for number in range(start, start + count)]
