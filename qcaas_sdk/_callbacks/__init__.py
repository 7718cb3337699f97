"""The callbacks that the charts name. Only they send requests about tasks."""

from qcaas_sdk._callbacks.composite import composite_callbacks
from qcaas_sdk._callbacks.doubt import MAX_DELIVERY_S
from qcaas_sdk._callbacks.job import JobEffects
from qcaas_sdk._callbacks.policy import JobCallbacks, JobView, extended_callbacks

__all__ = [
    "MAX_DELIVERY_S",
    "JobCallbacks",
    "JobEffects",
    "JobView",
    "composite_callbacks",
    "extended_callbacks",
]
