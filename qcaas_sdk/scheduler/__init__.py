"""When a job asks how it stands. It never speaks to a server itself: it triggers the job's `poll`.

A QPU serves a queue in order, nearly always. So for each QPU one watcher looks at the head of those that somebody
waits for, learns how long a task takes, and sleeps until the next end is due. When the head has ended it looks at
those behind it, as many at once as should have ended by now. Looks where nothing should have ended yet find out when
tasks have become shorter or order is not kept: rare while they find nothing, as many as it takes while they find
something. Nobody who waits means nobody who asks. docs/polling.md tells the same with pictures.
"""

from qcaas_sdk.scheduler.polling import PollScheduler
from qcaas_sdk.scheduler.queue import Forecast, Forecaster

__all__ = ["Forecast", "Forecaster", "PollScheduler"]
