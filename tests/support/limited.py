"""A cloud on which limits of runs are seen, and programs whose runs use what the words say."""

from typing import Any

from qcaas_sdk.testing import Constant, SimulatedCloud, SimulatedQpu

PROGRAM = "OPENQASM 2.0;"
REFUSED, EXPIRES, FAILS = (f"{PROGRAM} // simulated: {word}" for word in ("refused", "expires", "fails"))
QPU = "qpu:sim:1"


def a_cloud(**more: Any) -> SimulatedCloud:
    return SimulatedCloud(qpus=[SimulatedQpu(QPU, service_time=Constant(1.0))], latency_s=0.01, **more)
