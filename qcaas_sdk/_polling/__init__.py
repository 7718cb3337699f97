"""When a job is polled. Polling sends no requests itself: it triggers the job's `poll`.

`policy` decides which jobs to ask about and how long to pause; it is a function of what was observed and the time.
`qpu_poller` carries its decisions out, and `scheduler` holds one poller for each QPU. docs/polling.md explains the
rules.
"""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._polling.qpu_poller import Forecast, Forecaster
    from qcaas_sdk._polling.scheduler import PollScheduler

__all__ = [
    "Forecast",
    "Forecaster",
    "PollScheduler",
]

__getattr__ = lazy(
    __name__,
    {
        "Forecast": "qpu_poller",
        "Forecaster": "qpu_poller",
        "PollScheduler": "scheduler",
    },
)
