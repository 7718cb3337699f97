"""Everything that is known of a job, or of a composite, as data.

The machine moves a record, callbacks fill it, journal and snapshot read and write it, pictures are drawn from it. It
knows no service and no event loop; `Job` and `CompositeJob` are the handles that users hold on it.
"""

from qcaas_sdk._record.composite import ChildRecord, CompositeRecord, join
from qcaas_sdk._record.outputs import Diagnostics, ErrorRecord, OutputRecord, ResultRecord, shared
from qcaas_sdk._record.record import JobRecord
from qcaas_sdk._record.request import JobRequest
from qcaas_sdk._record.run import Run
from qcaas_sdk._record.stateful import HandleObserver, JobTransition, Observer, StateRecord
from qcaas_sdk._record.states import ACTIVE, ENDED, JobState
from qcaas_sdk._record.writer import NULL_WRITER, JournalWriter, NullWriter

__all__ = [
    "ACTIVE",
    "ENDED",
    "NULL_WRITER",
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
    "NullWriter",
    "Observer",
    "OutputRecord",
    "ResultRecord",
    "Run",
    "StateRecord",
    "join",
    "shared",
]
