"""Logical formulas over measured bits."""

from typing import Literal

from attrs import frozen

from qcaas_sdk.local.simulator.openqasm.types import Outcome


@frozen(eq=False)
class Gate:
    """One logical operation; `not` has only a left side."""

    op: Literal["not", "and", "or"]
    left: "Formula"
    right: "Formula" = False


Formula = bool | Outcome | Gate
"""A logical formula over outcomes."""


def negate(formula: Formula) -> Formula:
    """The formula that holds when another does not."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Gate) and formula.op == "not":
        return formula.left
    return Gate("not", formula)


def both(left: Formula, right: Formula) -> Formula:
    """The formula that holds when two others do."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return Gate("and", left, right)


def either(left: Formula, right: Formula) -> Formula:
    """The formula that holds when one of two others does."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return Gate("or", left, right)


def differ(left: Formula, right: Formula) -> Formula:
    """The formula that holds when exactly one of two others does."""
    return either(both(left, negate(right)), both(negate(left), right))
