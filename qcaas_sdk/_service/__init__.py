"""The REST contract of the service, as calls on tasks and QPUs."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._service.lenient import is_id
    from qcaas_sdk._service.monitoring import Monitoring
    from qcaas_sdk._service.qpus import QpuRegistry
    from qcaas_sdk._service.tasks import Tasks, speaks_of_the_qpu
    from qcaas_sdk._service.wire import TaskError, TaskReport, TaskStatus, TaskSubmission

__all__ = [
    "Monitoring",
    "QpuRegistry",
    "TaskError",
    "TaskReport",
    "TaskStatus",
    "TaskSubmission",
    "Tasks",
    "is_id",
    "speaks_of_the_qpu",
]

__getattr__ = lazy(
    __name__,
    {
        "Monitoring": "monitoring",
        "QpuRegistry": "qpus",
        "TaskError": "wire",
        "TaskReport": "wire",
        "TaskStatus": "wire",
        "TaskSubmission": "wire",
        "Tasks": "tasks",
        "is_id": "lenient",
        "speaks_of_the_qpu": "tasks",
    },
)
