"""What each callback named in a chart does: the only code that reaches the gateway from inside a lifecycle."""

from qcaas_sdk.effects import composite_job
from qcaas_sdk.effects.doubt import MAX_DELIVERY_S
from qcaas_sdk.effects.job import JobEffects

__all__ = ["MAX_DELIVERY_S", "JobEffects", "composite_job"]
