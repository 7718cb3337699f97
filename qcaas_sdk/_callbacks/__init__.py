"""The callbacks that the charts name. Only they send requests about tasks."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy
from qcaas_sdk._callbacks.composite import composite_callbacks
from qcaas_sdk._callbacks.doubt import MAX_DELIVERY_S
from qcaas_sdk._callbacks.job import JobEffects

if TYPE_CHECKING:
    from qcaas_sdk._callbacks.policy import JobCallbacks, JobView, extended_callbacks

__all__ = [
    "MAX_DELIVERY_S",
    "JobCallbacks",
    "JobEffects",
    "JobView",
    "composite_callbacks",
    "extended_callbacks",
]

__getattr__ = lazy(__name__, dict.fromkeys(("JobCallbacks", "JobView", "extended_callbacks"), "policy"))
