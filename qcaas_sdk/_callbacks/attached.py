"""Tasks that another program submitted: what the service tells of them goes into the job. Sends nothing."""

import attrs

from qcaas_sdk._programs.config import Config
from qcaas_sdk._record import UNKNOWN, JobRecord, JobRequest
from qcaas_sdk._service import TaskReport, Tasks, TaskStatus
from qcaas_sdk._service.task_description import read_description
from qcaas_sdk._snapshot.config_codec import config_of
from qcaas_sdk._snapshot.json_fields import Fields
from qcaas_sdk.errors import BadAnswer, BadSnapshot, InvalidProgram
from qcaas_sdk.errors.base import warn_of_server


def describe(job: JobRecord, task_id: str, report: TaskReport, tasks: Tasks) -> None:
    """Take QPU, program, configuration and labels from the service's answer, as far as it tells them.

    Raises:
        BadAnswer: Nobody says on which QPU the task is.
    """
    told = read_description(report.answer)
    request = job.request
    qpu_id = told.qpu_id or request.qpu_id
    if not qpu_id:
        raise BadAnswer(
            f"the service does not say on which QPU task {task_id} is: pass qpu_id=…", may_have_arrived=False
        )
    job.request = attrs.evolve(
        request,
        program=_program(told.program),
        qpu_id=qpu_id,
        config=_config(told.config, task_id),
        tag=told.tag,
        hybrid_marker=told.hybrid_marker,
    )
    job.run.qpu_url = tasks.address_of(qpu_id)


def is_there(report: TaskReport) -> bool:
    """Whether the task was submitted, and not only its id reserved."""
    return report.meaning is not TaskStatus.CREATED


def _program(text: str | None) -> str:
    try:
        return UNKNOWN if text is None else JobRequest(text, "").program
    except InvalidProgram:
        return UNKNOWN


def _config(text: str | None, task_id: str) -> Config | None:
    if text is None:
        return None
    try:
        return config_of(Fields({"config_json": text}, f"task {task_id}"))
    except BadSnapshot as error:
        warn_of_server(f"the configuration of task {task_id} is left out: {error.reason}")
        return None
