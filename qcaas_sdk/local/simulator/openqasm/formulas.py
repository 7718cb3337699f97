"""Logical formulas over measured bits."""

from typing import Literal

from attrs import frozen

from qcaas_sdk.local.simulator.openqasm.types import Outcome


@frozen(eq=False)
class Gate:
    """One logical operation; `not` uses only the left side."""

    op: Literal["not", "and", "or"]
    left: "Formula"
    right: "Formula" = False


Formula = bool | Outcome | Gate
"""A logical formula over outcomes."""


def negate(formula: Formula) -> Formula:
    """The negation of a formula."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Gate) and formula.op == "not":
        return formula.left
    return Gate("not", formula)


def both(left: Formula, right: Formula) -> Formula:
    """The formula that is true if both are."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return Gate("and", left, right)


def either(left: Formula, right: Formula) -> Formula:
    """The formula that is true if at least one of two is."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return Gate("or", left, right)


def differ(left: Formula, right: Formula) -> Formula:
    """The formula that is true if exactly one of two is."""
    return either(both(left, negate(right)), both(negate(left), right))
