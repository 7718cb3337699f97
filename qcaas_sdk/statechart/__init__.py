"""The chart language: read a statechart from a file, check it, run it."""

from qcaas_sdk.statechart.chart import (
    AddedGuard,
    Chart,
    Choice,
    ChoicePoint,
    Invariant,
    JoinRule,
    State,
    Superstate,
    TransitionRule,
)
from qcaas_sdk.statechart.load import load_chart, parse_chart, shipped_chart, shipped_file
from qcaas_sdk.statechart.machine import Callbacks, Machine, Model, Transition, TransitionLock, place

__all__ = [
    "AddedGuard",
    "Callbacks",
    "Chart",
    "Choice",
    "ChoicePoint",
    "Invariant",
    "JoinRule",
    "Machine",
    "Model",
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
