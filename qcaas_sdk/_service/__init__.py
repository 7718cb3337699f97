"""The cloud in its own words: the REST contract as calls on tasks and QPUs."""

from qcaas_sdk._service.monitoring import Monitoring
from qcaas_sdk._service.qpus import Directory
from qcaas_sdk._service.tasks import Tasks, speaks_of_the_qpu
from qcaas_sdk._service.wire import TaskError, TaskOrder, TaskReport, TaskStatus

__all__ = [
    "Directory",
    "Monitoring",
    "TaskError",
    "TaskOrder",
    "TaskReport",
    "TaskStatus",
    "Tasks",
    "speaks_of_the_qpu",
]
