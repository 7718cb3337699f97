"""The property-testing kit: virtual time, and a cloud that is simulated in it.

`SimulatedCloud` stands on the other side of the wire: it speaks the REST contract over httpx, without a socket, and
knows nothing of jobs. `Witness` and the invariants judge any run of anybody's code. None of these needs Hypothesis.

The strategies, and `lifecycle_machine` with its subjects, do (extra `testing`); they are loaded when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.statechart.machine import InvariantBroken
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
from qcaas_sdk.testing.invariants import (
    ALWAYS,
    Invariant,
    agrees_after_a_look,
    check,
    composite_is_join,
    executed_at_most_once,
    free_when_idle,
    history_append_only,
    no_http_outside_transitions,
    no_secret_anywhere,
    nothing_lost,
    result_and_error_belong,
    terminal_is_absorbing,
)
from qcaas_sdk.testing.ledger import Execution, Ledger, RequestRecord, Violation
from qcaas_sdk.testing.outcomes import Completed, Expires, Failed, NeverEnds, Outcome, Says, outcome_by_text
from qcaas_sdk.testing.qpus import SimulatedQpu
from qcaas_sdk.testing.replay import add, given_up, reconfigure, side_by_side, trigger
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
from qcaas_sdk.testing.witness import Witness

if TYPE_CHECKING:
    from qcaas_sdk.testing.chart_strategies import BrokenChart, broken_statecharts, event_sequences, statecharts
    from qcaas_sdk.testing.lifecycle import LifecycleMachine, Subject, lifecycle_machine
    from qcaas_sdk.testing.strategies import (
        OUTCOMES,
        clouds,
        configs,
        fault_schedules,
        faults,
        job_trees,
        make_tree,
        programs,
        qpu_ids,
        troubles,
    )
    from qcaas_sdk.testing.subjects import COMPOSITE_VERBS, JOB_VERBS, composite_on, job_on

_WITH_HYPOTHESIS = {
    "chart_strategies": ("BrokenChart", "broken_statecharts", "event_sequences", "statecharts"),
    "lifecycle": ("LifecycleMachine", "Subject", "lifecycle_machine"),
    "strategies": (
        "OUTCOMES",
        "clouds",
        "configs",
        "fault_schedules",
        "faults",
        "job_trees",
        "make_tree",
        "programs",
        "qpu_ids",
        "troubles",
    ),
    "subjects": ("COMPOSITE_VERBS", "JOB_VERBS", "composite_on", "job_on"),
}


def __getattr__(name: str) -> Any:
    """What needs Hypothesis, when it is first used."""
    for module, names in _WITH_HYPOTHESIS.items():
        if name in names:
            try:
                return getattr(import_module(f"{__name__}.{module}"), name)
            except ModuleNotFoundError as error:
                if error.name != "hypothesis":
                    raise
                raise MissingExtra(f"qcaas_sdk.testing.{name}", "testing") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ALWAYS",
    "COMPOSITE_VERBS",
    "EPOCH",
    "JOB_VERBS",
    "OUTCOMES",
    "BrokenChart",
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
    "Invariant",
    "InvariantBroken",
    "Ledger",
    "LifecycleMachine",
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
    "Subject",
    "Truncated",
    "Uniform",
    "Unreachable",
    "Violation",
    "VirtualClock",
    "VirtualTimeLoop",
    "Windows",
    "Witness",
    "add",
    "agrees_after_a_look",
    "broken_statecharts",
    "check",
    "clouds",
    "composite_is_join",
    "composite_on",
    "configs",
    "event_sequences",
    "executed_at_most_once",
    "fault_schedules",
    "faults",
    "free_when_idle",
    "given_up",
    "history_append_only",
    "job_on",
    "job_trees",
    "lifecycle_machine",
    "make_tree",
    "no_http_outside_transitions",
    "no_secret_anywhere",
    "nothing_lost",
    "outcome_by_text",
    "programs",
    "qpu_ids",
    "reconfigure",
    "result_and_error_belong",
    "run_virtual",
    "side_by_side",
    "statecharts",
    "terminal_is_absorbing",
    "trigger",
    "troubles",
    "virtual_runner",
]
