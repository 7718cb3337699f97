"""The calls of the REST contract: one function per call, on a `TaskService`."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date
from functools import wraps
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from qcaas_sdk._version import __version__
from qcaas_sdk.local.service import qpu_description
from qcaas_sdk.local.service.access import Verdict
from qcaas_sdk.local.service.qpu import Qpu
from qcaas_sdk.local.service.request_fields import (
    json_object,
    list_in,
    moment_in,
    text_in,
    text_or_none_in,
    texts_in,
    url_of,
)
from qcaas_sdk.local.service.task_service import RefusedRequest, Submission, TaskService
from qcaas_sdk.local.service.tasks import Task, iso
from qcaas_sdk.local.settings import LocalQpu

MAX_RESERVATION = 10_000
"""Ids in one request."""

Endpoint = Callable[[Request], Awaitable[Response]]


class JsonResponse(Response):
    """JSON in ASCII, which can hold lone surrogates too."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The bytes of the body."""
        return json.dumps(content, separators=(",", ":")).encode()


def open_to_all(call: Endpoint) -> Endpoint:
    """The call, with the errors that every call can meet."""

    @wraps(call)
    async def endpoint(request: Request) -> Response:
        try:
            return await call(request)
        except RefusedRequest as error:
            return as_errors(error.status, str(error))
        except ClientDisconnect:
            return as_errors(400, "the connection was closed before the request was complete")

    return endpoint


class Calls:
    """The calls of version 3. Those about tasks are the same in version 4.

    Attributes:
        header: The header that has the token.
    """

    header = "Authentication-Token"

    def __init__(self, service: TaskService) -> None:
        self.service = service

    def guarded(self, call: Endpoint) -> Endpoint:
        """The call, for requests with an accepted token."""

        async def endpoint(request: Request) -> Response:
            match self.service.access.check(self.token_of(request)):
                case Verdict.ACCEPTED:
                    return await call(request)
                case Verdict.EXPIRED:
                    return JsonResponse({"detail": "the authentication token has expired"}, 401)
                case Verdict.REJECTED:
                    return as_errors(401, f"the {self.header} header is missing, or its token is not accepted")

        return open_to_all(endpoint)

    def token_of(self, request: Request) -> str | None:
        """The token of a request."""
        return request.headers.get("authentication-token")

    async def version(self, _: Request) -> Response:
        """The version of the server."""
        return JsonResponse({"version": f"local {__version__}"})

    async def login(self, request: Request) -> Response:
        """A token for an account."""
        body = await json_object(request)
        token = self.service.access.login(text_in(body, "email"), text_in(body, "password"))
        if token is None:
            return as_errors(401, "no account has that email and password")
        return JsonResponse({"response": {"user": {"authentication_token": token}}})

    async def logout(self, _: Request) -> Response:
        """Does nothing."""
        return JsonResponse({"response": {}})

    async def qpus(self, request: Request) -> Response:
        """The list of QPUs."""
        items = [self._qpu_item(qpu.settings, request) for qpu in self.service.qpus()]
        return JsonResponse({"items": items, "total": len(items)})

    async def qpu(self, request: Request) -> Response:
        """One QPU."""
        return JsonResponse(self._qpu_item(self.service.qpu(request.path_params["qpu_id"]).settings, request))

    def _qpu_item(self, qpu: LocalQpu, request: Request) -> dict[str, object]:
        return {
            "id": qpu.id,
            "name": qpu.name,
            "url": url_of(request),
            "active": qpu.active,
            "status": status_of(qpu),
            "feature_set": json.dumps(self.features_of(qpu)),
        }

    def features_of(self, qpu: LocalQpu) -> dict[str, object]:
        """What a QPU can do."""
        return qpu_description.features_of(qpu, self.service.settings.engine)

    async def reserve(self, request: Request) -> Response:
        """Reserve ids."""
        body = await json_object(request)
        count = body.get("task_count")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_RESERVATION:
            raise RefusedRequest(
                400, f"task_count must be a whole number from 1 to {MAX_RESERVATION}, not {_short(count)}"
            )
        tasks = self.service.reserve(text_in(body, "qpu_id"), count, text_or_none_in(body, "tag"))
        return JsonResponse([task.id for task in tasks])

    async def submit(self, request: Request) -> Response:
        """Submit programs."""
        entries = list_in(await json_object(request), "tasks")
        tasks = self.service.submit([_submission(entry) for entry in entries])
        return JsonResponse([{"task_id": task.id} for task in tasks])

    async def cancel(self, request: Request) -> Response:
        """Cancel tasks."""
        self.service.cancel(texts_in(await json_object(request), "tasks"))
        return JsonResponse("OK")

    async def task(self, request: Request) -> Response:
        """What is known of a task."""
        said = self.about(request.path_params["aspect"], request)
        if said is None:
            raise HTTPException(404)
        return JsonResponse(said)

    def about(self, aspect: str, request: Request) -> dict[str, object] | None:
        """What a request wants to know of a task; None if there is no such call."""
        call = _ASPECTS.get(aspect)
        return None if call is None else call(self.service.task(request.path_params["task_id"]))

    async def tasks(self, request: Request) -> Response:
        """The tasks of a time."""
        start, end = moment_in(request, "start_date"), moment_in(request, "end_date")
        return JsonResponse([task.summary() for task in self.service.tasks_between(start, end)])

    async def task_wait_time(self, request: Request) -> Response:
        """When tasks are likely to start."""
        tasks = [self.service.task(task_id) for task_id in texts_in(await json_object(request), "task_ids")]
        return JsonResponse({"task_wait_times": [self._task_estimate(task) for task in tasks]})

    def _task_estimate(self, task: Task) -> dict[str, object]:
        qpu = self.service.qpu(task.qpu_id)
        position = qpu.position(task)
        return {
            "task_id": task.id,
            "qpu_id": task.qpu_id,
            "status": task.status.value,
            "position_in_queue": position,
            "estimated_start_time": None if position is None else iso(qpu.estimated_start(position)),
            "timestamp": iso(self.service.clock.wall()),
        }

    async def qpu_wait_time(self, request: Request) -> Response:
        """When the next task of a QPU is likely to start."""
        qpus = [self.service.qpu(qpu_id) for qpu_id in texts_in(await json_object(request), "targets")]
        return JsonResponse({"qpu_wait_times": [self._qpu_estimate(qpu) for qpu in qpus]})

    def _qpu_estimate(self, qpu: Qpu) -> dict[str, object]:
        now = self.service.clock.wall()
        return {
            "qpu_id": qpu.settings.id,
            "estimated_availability_time": iso(qpu.estimated_start(qpu.tasks_in_queue())),
            "tasks_in_queue": qpu.tasks_in_queue(),
            "timestamp": iso(now),
            "windows": [
                {"start_time": iso(w.start), "end_time": iso(w.end), "window_description": w.description}
                for w in qpu.settings.windows
                if w.end > now
            ],
        }

    async def calibration(self, request: Request) -> Response:
        """A QPU's calibration."""
        qpu = self.service.qpu(request.query_params.get("qpu_id", "")).settings
        text = request.query_params.get("date")
        try:
            day = self.service.clock.wall().date() if text is None else date.fromisoformat(text)
        except ValueError:
            raise RefusedRequest(400, f"date must be YYYY-MM-DD, not {text!r}") from None
        return JsonResponse(self.calibration_of(qpu, day))

    def calibration_of(self, qpu: LocalQpu, day: date) -> dict[str, object]:
        """A QPU's calibration of a day."""
        known = {"qpu_id": qpu.id, "date": day.isoformat(), "simulated": True, "qubits": qpu.qubits}
        return known | qpu_description.calibration_of(qpu)

    async def statuses(self, _: Request) -> Response:
        """The status of all QPUs."""
        return JsonResponse(
            [{"qpu_id": qpu.settings.id, "status": status_of(qpu.settings)} for qpu in self.service.qpus()]
        )

    async def next_window(self, _: Request) -> Response:
        """The next access window."""
        # All QPUs have the same URL here, and the call does not name one: the next window of any QPU.
        windows = [window for qpu in self.service.qpus() if (window := qpu.next_window()) is not None]
        if not windows:
            return JsonResponse({})
        starting = min(window.start for window in windows).astimezone(UTC)
        return JsonResponse({"next_window": {"starting": starting.strftime("%Y-%m-%dT%H:%M:%SZ")}})


_ASPECTS: dict[str, Callable[[Task], dict[str, Any]]] = {
    "status": lambda task: {"status": task.status.value},
    "all_info": Task.all_info,
    "results": lambda task: {"results": task.results()},
    "error": lambda task: {"task_error": task.error()},
    "timings": lambda task: {"timings": task.timings()},
    "execution_metadata": lambda task: {"execution_metadata": task.metrics()},
    "metadata": lambda task: {"metadata": task.metadata()},
}


def status_of(qpu: LocalQpu) -> str:
    """The status of a QPU, in the service's words."""
    return "ACTIVE" if qpu.active else "INACTIVE"


def _submission(entry: object) -> Submission:
    if not isinstance(entry, dict):
        raise RefusedRequest(400, "each of the tasks must be an object")
    return Submission(
        qpu_id=text_in(entry, "qpu_id"),
        program=text_in(entry, "program"),
        config=text_or_none_in(entry, "config"),
        task_id=text_or_none_in(entry, "task_id"),
        tag=text_or_none_in(entry, "tag"),
    )


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def as_errors(status: int, *messages: str) -> Response:
    """The response to a refused request."""
    return JsonResponse({"response": {"errors": list(messages)}}, status)
