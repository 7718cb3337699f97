"""What `lifecycle_machine` drives when it is to drive a job on a task that another program submitted."""

from typing import Any

from qcaas_sdk._record import JobState, states_in
from qcaas_sdk.job import Job, record_of_job
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.faults import RequestKind
from qcaas_sdk.testing.cloud.outcomes import NEVER_ENDS
from qcaas_sdk.testing.on_cloud import sdk_on
from qcaas_sdk.testing.recorder import broken
from qcaas_sdk.testing.stateful.cloud_subjects import OnCloud, job_on, sooner_or_later


async def attached_on(cloud: SimulatedCloud, program: str, **options: Any) -> OnCloud:
    """A subject that is a job on a task of another SDK, which has submitted it, or only reserved its id.

    Args:
        cloud: The service; its faults begin once the task is attached.
        program: The program of the other SDK; one that the service refuses leaves an id that is only reserved.
        **options: Other arguments of the SDK.
    """
    with cloud.calm():
        async with sdk_on(cloud) as other:
            theirs = other.create_job(program=program)
            await theirs.submit()
    task_id = str(theirs.task_id)
    subject = await job_on(cloud, program, **options)
    subject.writer.durable[task_id] = 0.0  # theirs
    try:
        with cloud.calm():
            before = len(cloud.ledger.requests())
            attached: Job = await subject.attach(task_id)
            asked = [record.kind for record in cloud.ledger.requests()[before:]]
        if asked != [RequestKind.INFO]:
            raise broken(f"attach sent {asked}, not one question about the task")
    except BaseException:
        if subject.close is not None:
            await subject.close()  # the caller never gets it
        raise
    submissions = len(_submissions(cloud, task_id))
    rest_as_any = subject.rest

    def what_is_there_is_not_in_doubt() -> None:
        run = record_of_job(attached).run
        if attached.state in {*states_in("active"), JobState.COMPLETED} and run.in_doubt:
            raise broken(f"{attached!r}: the service has the task, but it counts as in doubt")

    def their_task_is_not_sent() -> None:
        if len(_submissions(cloud, task_id)) != submissions:
            raise broken(f"task {task_id} was attached, and then submitted")

    async def rest() -> None:
        cloud.clear_up()
        record = record_of_job(attached)
        never_sent = attached.state is JobState.CREATED and not record.request.has_program
        if never_sent or (attached.task_id == task_id and NEVER_ENDS in program):
            await sooner_or_later(attached.cancel)
        if rest_as_any is not None:
            await rest_as_any()

    subject.rest = rest
    subject.always = [*subject.always, what_is_there_is_not_in_doubt, their_task_is_not_sent]
    made = f"subject = await attached_on(cloud, {program!r})"
    subject.prelude = [*subject.prelude[:2], made, "job = subject.model"]
    subject.imports = [*subject.imports, f"from {__name__} import attached_on"]
    return subject


def _submissions(cloud: SimulatedCloud, task_id: str) -> list[object]:
    return [record for record in cloud.ledger.requests(RequestKind.SUBMIT) if task_id in record.task_ids]
