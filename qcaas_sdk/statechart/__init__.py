"""The chart language: read a statechart from a file, check it, run it."""

from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import (
    AddedGuard,
    Choice,
    ChoicePoint,
    Invariant,
    JoinRule,
    State,
    Superstate,
    TransitionRule,
)
from qcaas_sdk.statechart.join import Join
from qcaas_sdk.statechart.load import load_chart, parse_chart, shipped_chart, shipped_file
from qcaas_sdk.statechart.machine import Machine
from qcaas_sdk.statechart.model import (
    Automation,
    Callbacks,
    Extended,
    Gate,
    Model,
    Parent,
    Transition,
    TransitionLock,
)
from qcaas_sdk.statechart.state_writers import place

__all__ = [
    "AddedGuard",
    "Automation",
    "Callbacks",
    "Chart",
    "Choice",
    "ChoicePoint",
    "Extended",
    "Gate",
    "Invariant",
    "Join",
    "JoinRule",
    "Machine",
    "Model",
    "Parent",
    "State",
    "Superstate",
    "Transition",
    "TransitionLock",
    "TransitionRule",
    "load_chart",
    "parse_chart",
    "place",
    "shipped_chart",
    "shipped_file",
]
