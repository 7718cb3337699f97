"""Makes, loads and recovers jobs: builds a record, and puts a handle on it."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._factory.charts import policy_of
    from qcaas_sdk._factory.jobs import JobFactory

__all__ = [
    "JobFactory",
    "policy_of",
]

__getattr__ = lazy(
    __name__,
    {
        "JobFactory": "jobs",
        "policy_of": "charts",
    },
)
