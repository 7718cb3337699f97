"""The property-testing kit: a cloud that is simulated in virtual time, and what you need to test code against it.

`SimulatedCloud` is the other side of the wire: it implements the REST contract over httpx, without a socket, and
does not know jobs. `Recorder` and the invariants check a run of any code. None of these needs Hypothesis.

The strategies, and `lifecycle_machine` with its subjects, do (extra `testing`). Names are loaded when they are used:
pytest finds the plugin of this package in every session.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qcaas_sdk.errors import MissingExtra

if TYPE_CHECKING:
    from qcaas_sdk.statechart.machine import InvariantBroken
    from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
    from qcaas_sdk.testing.cloud.faults import (
        Dropped,
        Fault,
        Forgets,
        Hang,
        Html,
        MissingField,
        RequestKind,
        Slow,
        Status,
        TokenExpired,
        TokenRevoked,
        Truncated,
        Unreachable,
    )
    from qcaas_sdk.testing.cloud.ledger import Execution, LedgerView, RequestRecord, Violation
    from qcaas_sdk.testing.cloud.outcomes import (
        Completed,
        Expires,
        Failed,
        NeverEnds,
        Outcome,
        Refused,
        Says,
        outcome_by_text,
    )
    from qcaas_sdk.testing.cloud.provider import ProviderLedger, SimulatedProvider
    from qcaas_sdk.testing.cloud.qpus import SimulatedQpu
    from qcaas_sdk.testing.cloud.service_times import Constant, Exponential, Schedule, ServiceTime, Uniform
    from qcaas_sdk.testing.cloud.windows import Windows
    from qcaas_sdk.testing.cloud_world import CloudWorld
    from qcaas_sdk.testing.differential import DifferentialRunner, Event, answered_events
    from qcaas_sdk.testing.exploration import (
        Bounds,
        Exploration,
        Irreproducible,
        NotDeterministic,
        ScheduleFailed,
        World,
        cancellable,
        choose,
        crash_point,
        explore,
        tell,
        touch,
        touching,
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
        never_more_in_flight,
        never_over_budget,
        no_http_outside_transitions,
        no_secret_anywhere,
        nothing_lost,
        outputs_line_up,
        result_and_error_belong,
        terminal_is_absorbing,
    )
    from qcaas_sdk.testing.on_cloud import sdk_on
    from qcaas_sdk.testing.recorder import Recorder
    from qcaas_sdk.testing.stateful.chart_strategies import (
        BrokenChart,
        broken_statecharts,
        composite_statecharts,
        event_sequences,
        extended_statecharts,
        statecharts,
    )
    from qcaas_sdk.testing.stateful.cloud_subjects import COMPOSITE_VERBS, JOB_VERBS, OnCloud, composite_on, job_on
    from qcaas_sdk.testing.stateful.machine import LifecycleMachine, lifecycle_machine
    from qcaas_sdk.testing.stateful.replay import add, given_up, reconfigure, side_by_side
    from qcaas_sdk.testing.stateful.strategies import (
        OUTCOMES,
        clouds,
        configs,
        fault_kinds,
        fault_schedules,
        job_trees,
        make_tree,
        programs,
        qpu_ids,
        single_faults,
    )
    from qcaas_sdk.testing.stateful.subject import Subject
    from qcaas_sdk.testing.time import (
        EPOCH,
        Deadlock,
        Livelock,
        RealTimeNeeded,
        VirtualClock,
        VirtualTimeLoop,
        run_virtual,
        virtual_runner,
    )

_PLACES: dict[str, tuple[str, ...]] = {
    "statechart.machine": ("InvariantBroken",),
    "testing.stateful.chart_strategies": (
        *("BrokenChart", "broken_statecharts", "composite_statecharts"),
        *("event_sequences", "extended_statecharts", "statecharts"),
    ),
    "testing.cloud.cloud": ("SimulatedCloud",),
    "testing.cloud.faults": (
        "Dropped",
        "Fault",
        "Forgets",
        "Hang",
        "Html",
        "MissingField",
        "RequestKind",
        "Slow",
        "Status",
        "TokenExpired",
        "TokenRevoked",
        "Truncated",
        "Unreachable",
    ),
    "testing.invariants": (
        "ALWAYS",
        "Invariant",
        "agrees_after_a_look",
        "check",
        "composite_is_join",
        "executed_at_most_once",
        "free_when_idle",
        "history_append_only",
        "never_more_in_flight",
        "never_over_budget",
        "no_http_outside_transitions",
        "no_secret_anywhere",
        "nothing_lost",
        "outputs_line_up",
        "result_and_error_belong",
        "terminal_is_absorbing",
    ),
    "testing.cloud.ledger": ("Execution", "LedgerView", "RequestRecord", "Violation"),
    "testing.stateful.machine": ("LifecycleMachine", "lifecycle_machine"),
    "testing.cloud_world": ("CloudWorld",),
    "testing.differential": ("Event", "DifferentialRunner", "answered_events"),
    "testing.exploration": (
        *("Bounds", "Exploration", "Irreproducible", "NotDeterministic", "ScheduleFailed", "World"),
        *("cancellable", "choose", "crash_point", "explore", "tell", "touch", "touching"),
    ),
    "testing.cloud.outcomes": (
        "Completed",
        "Expires",
        "Failed",
        "NeverEnds",
        "Outcome",
        "Refused",
        "Says",
        "outcome_by_text",
    ),
    "testing.cloud.provider": ("ProviderLedger", "SimulatedProvider"),
    "testing.cloud.qpus": ("SimulatedQpu",),
    "testing.stateful.replay": ("add", "given_up", "reconfigure", "side_by_side"),
    "testing.on_cloud": ("sdk_on",),
    "testing.cloud.service_times": ("Constant", "Exponential", "Schedule", "ServiceTime", "Uniform"),
    "testing.stateful.strategies": (
        "OUTCOMES",
        "clouds",
        "configs",
        "fault_schedules",
        "job_trees",
        "make_tree",
        "programs",
        "qpu_ids",
        "single_faults",
        "fault_kinds",
    ),
    "testing.stateful.subject": ("Subject",),
    "testing.stateful.cloud_subjects": ("COMPOSITE_VERBS", "JOB_VERBS", "OnCloud", "composite_on", "job_on"),
    "testing.time": (
        "Deadlock",
        "EPOCH",
        "Livelock",
        "RealTimeNeeded",
        "VirtualClock",
        "VirtualTimeLoop",
        "run_virtual",
        "virtual_runner",
    ),
    "testing.cloud.windows": ("Windows",),
    "testing.recorder": ("Recorder",),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}
_EXTRA = {"hypothesis", "statemachine"}


def __getattr__(name: str) -> Any:
    """What is used for the first time."""
    if name not in _PLACE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(import_module(f"qcaas_sdk.{_PLACE_OF[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise MissingExtra(f"qcaas_sdk.testing.{name}", "testing") from error
    globals()[name] = found
    return found


__all__ = [
    "ALWAYS",
    "COMPOSITE_VERBS",
    "EPOCH",
    "JOB_VERBS",
    "OUTCOMES",
    "Bounds",
    "BrokenChart",
    "CloudWorld",
    "Completed",
    "Constant",
    "Deadlock",
    "DifferentialRunner",
    "Dropped",
    "Event",
    "Execution",
    "Expires",
    "Exploration",
    "Exponential",
    "Failed",
    "Fault",
    "Forgets",
    "Hang",
    "Html",
    "Invariant",
    "InvariantBroken",
    "Irreproducible",
    "LedgerView",
    "LifecycleMachine",
    "Livelock",
    "MissingField",
    "NeverEnds",
    "NotDeterministic",
    "OnCloud",
    "Outcome",
    "ProviderLedger",
    "RealTimeNeeded",
    "Recorder",
    "Refused",
    "RequestKind",
    "RequestRecord",
    "Says",
    "Schedule",
    "ScheduleFailed",
    "ServiceTime",
    "SimulatedCloud",
    "SimulatedProvider",
    "SimulatedQpu",
    "Slow",
    "Status",
    "Subject",
    "TokenExpired",
    "TokenRevoked",
    "Truncated",
    "Uniform",
    "Unreachable",
    "Violation",
    "VirtualClock",
    "VirtualTimeLoop",
    "Windows",
    "World",
    "add",
    "agrees_after_a_look",
    "answered_events",
    "broken_statecharts",
    "cancellable",
    "check",
    "choose",
    "clouds",
    "composite_is_join",
    "composite_on",
    "composite_statecharts",
    "configs",
    "crash_point",
    "event_sequences",
    "executed_at_most_once",
    "explore",
    "extended_statecharts",
    "fault_kinds",
    "fault_schedules",
    "free_when_idle",
    "given_up",
    "history_append_only",
    "job_on",
    "job_trees",
    "lifecycle_machine",
    "make_tree",
    "never_more_in_flight",
    "never_over_budget",
    "no_http_outside_transitions",
    "no_secret_anywhere",
    "nothing_lost",
    "outcome_by_text",
    "outputs_line_up",
    "programs",
    "qpu_ids",
    "reconfigure",
    "result_and_error_belong",
    "run_virtual",
    "sdk_on",
    "side_by_side",
    "single_faults",
    "statecharts",
    "tell",
    "terminal_is_absorbing",
    "touch",
    "touching",
    "virtual_runner",
]
