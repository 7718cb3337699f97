"""The callbacks that the charts name. Only they send requests about tasks."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._callbacks.composite import composite_callbacks
    from qcaas_sdk._callbacks.job import JobEffects
    from qcaas_sdk._callbacks.own_callbacks import JobCallbacks, JobView, extended_callbacks

__all__ = [
    "JobCallbacks",
    "JobEffects",
    "JobView",
    "composite_callbacks",
    "extended_callbacks",
]

__getattr__ = lazy(
    __name__,
    {
        "JobCallbacks": "own_callbacks",
        "JobEffects": "job",
        "JobView": "own_callbacks",
        "composite_callbacks": "composite",
        "extended_callbacks": "own_callbacks",
    },
)
