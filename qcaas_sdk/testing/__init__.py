"""The property-testing kit: virtual time, and a cloud that is simulated in it.

`SimulatedCloud` stands on the other side of the wire: it speaks the REST contract over httpx, without a socket, and
knows nothing of jobs. Neither needs Hypothesis, and both get on well with it.
"""

from qcaas_sdk.testing.cloud import SimulatedCloud
from qcaas_sdk.testing.faults import (
    Dropped,
    Fault,
    Hang,
    Html,
    MissingField,
    RequestKind,
    Slow,
    Status,
    Truncated,
    Unreachable,
)
from qcaas_sdk.testing.ledger import Execution, Ledger, RequestRecord, Violation
from qcaas_sdk.testing.outcomes import Completed, Expires, Failed, NeverEnds, Outcome, Says, outcome_by_text
from qcaas_sdk.testing.qpus import SimulatedQpu
from qcaas_sdk.testing.service_times import Constant, Exponential, Schedule, ServiceTime, Uniform
from qcaas_sdk.testing.virtual_time import (
    EPOCH,
    Deadlock,
    RealTimeNeeded,
    VirtualClock,
    VirtualTimeLoop,
    run_virtual,
    virtual_runner,
)
from qcaas_sdk.testing.windows import Windows

__all__ = [
    "EPOCH",
    "Completed",
    "Constant",
    "Deadlock",
    "Dropped",
    "Execution",
    "Expires",
    "Exponential",
    "Failed",
    "Fault",
    "Hang",
    "Html",
    "Ledger",
    "MissingField",
    "NeverEnds",
    "Outcome",
    "RealTimeNeeded",
    "RequestKind",
    "RequestRecord",
    "Says",
    "Schedule",
    "ServiceTime",
    "SimulatedCloud",
    "SimulatedQpu",
    "Slow",
    "Status",
    "Truncated",
    "Uniform",
    "Unreachable",
    "Violation",
    "VirtualClock",
    "VirtualTimeLoop",
    "Windows",
    "outcome_by_text",
    "run_virtual",
    "virtual_runner",
]
