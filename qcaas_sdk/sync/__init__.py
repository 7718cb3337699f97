"""The SDK without `async`: the same names as plain calls, for scripts, threads and notebooks.

    with OqcSdk.sync.local() as sdk:
        job = sdk.create_job(program=qasm)
        outputs = job.execute()

`OqcSdk.sync` is the class `OqcSdk` of this module. Import the other names for annotations and `isinstance`.
"""

from qcaas_sdk.sync.composite import ChildTransition, CompositeJob
from qcaas_sdk.sync.errors import JobTimeout, TaskLost
from qcaas_sdk.sync.job import Job
from qcaas_sdk.sync.outputs import JobError, JobLike, JobOutput, JobOutputProxy, JobResult, NoOutput
from qcaas_sdk.sync.sdk import OqcSdk

__all__ = [
    "ChildTransition",
    "CompositeJob",
    "Job",
    "JobError",
    "JobLike",
    "JobOutput",
    "JobOutputProxy",
    "JobResult",
    "JobTimeout",
    "NoOutput",
    "OqcSdk",
    "TaskLost",
]
