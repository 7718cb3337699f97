"""Whether and when a job may be submitted: budgets, and how many tasks may be at a QPU at once. Sends nothing."""

from qcaas_sdk._admission.admission import BUDGET_SPENT, NO_PLACE, Admission

__all__ = ["BUDGET_SPENT", "NO_PLACE", "Admission"]
