"""What each callback named in a chart does: the only code that reaches the gateway from inside a lifecycle."""

from qcaas_sdk._callbacks.composite import composite_callbacks
from qcaas_sdk._callbacks.job import JobEffects

__all__ = ["JobEffects", "composite_callbacks"]
