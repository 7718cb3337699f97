"""What each callback named in a chart does: the only code that reaches the gateway from inside a lifecycle."""

from qcaas_sdk._callbacks.composite import composite_callbacks
from qcaas_sdk._callbacks.doubt import MAX_DELIVERY_S
from qcaas_sdk._callbacks.job import JobEffects

__all__ = ["MAX_DELIVERY_S", "JobEffects", "composite_callbacks"]
