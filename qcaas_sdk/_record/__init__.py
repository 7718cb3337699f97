"""Everything that is known of a job or a composite, as data.

The machine changes a record's state, callbacks fill it, journal and snapshot read and write it, and pictures are
drawn from it. It needs no service and no event loop. `Job` and `CompositeJob` are the users' handles on it.
"""

from qcaas_sdk._record.composite import ChildRecord, CompositeRecord, join
from qcaas_sdk._record.limits import UNLIMITED, Budget, Limits
from qcaas_sdk._record.outputs import Diagnostics, ErrorRecord, OutputRecord, ResultRecord, shared
from qcaas_sdk._record.policy_state import PolicyState
from qcaas_sdk._record.record import JobRecord
from qcaas_sdk._record.request import UNKNOWN, JobRequest
from qcaas_sdk._record.run import MAX_DELIVERY_S, Run
from qcaas_sdk._record.stateful import HandleObserver, JobTransition, Observer, StateRecord
from qcaas_sdk._record.states import JobState, states_in
from qcaas_sdk._record.usage import NOTHING, RunUsage, Usage, qpu_seconds
from qcaas_sdk._record.writer import NULL_WRITER, JournalWriter, NullWriter

__all__ = [
    "MAX_DELIVERY_S",
    "NOTHING",
    "NULL_WRITER",
    "UNKNOWN",
    "UNLIMITED",
    "Budget",
    "ChildRecord",
    "CompositeRecord",
    "Diagnostics",
    "ErrorRecord",
    "HandleObserver",
    "JobRecord",
    "JobRequest",
    "JobState",
    "JobTransition",
    "JournalWriter",
    "Limits",
    "NullWriter",
    "Observer",
    "OutputRecord",
    "PolicyState",
    "ResultRecord",
    "Run",
    "RunUsage",
    "StateRecord",
    "Usage",
    "join",
    "qpu_seconds",
    "shared",
    "states_in",
]
