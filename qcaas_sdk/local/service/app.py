"""The REST contract, version 3: one function per call, on a `TaskService`."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from qcaas_sdk._version import __version__
from qcaas_sdk.local.service.access import Verdict
from qcaas_sdk.local.service.description import calibration_of, features_of
from qcaas_sdk.local.service.qpu import Qpu
from qcaas_sdk.local.service.task_service import RefusedRequest, Submission, TaskService
from qcaas_sdk.local.service.tasks import Task, iso
from qcaas_sdk.local.settings import LocalQpu

MAX_REQUEST_BYTES = 128 * 1024
MAX_RESERVATION = 10_000

Endpoint = Callable[[Request], Awaitable[Response]]


class JsonResponse(Response):
    """JSON in ASCII, which can hold lone surrogates too."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The bytes of the body."""
        return json.dumps(content, separators=(",", ":")).encode()


def build_app(service: TaskService) -> Starlette:
    """The service as a Starlette app."""
    calls = _Calls(service)
    get, post = ["GET"], ["POST"]
    routes = [
        Route("/admin/version", _open(calls.version), methods=get),
        Route("/admin/login", _open(calls.login), methods=post),
        Route("/admin/logout", _open(calls.logout), methods=post),
        Route("/admin/qpu", calls.guarded(calls.qpus), methods=get),
        Route("/admin/qpu/{qpu_id}", calls.guarded(calls.qpu), methods=get),
        Route("/tasks", calls.guarded(calls.reserve), methods=post),
        Route("/tasks", calls.guarded(calls.tasks), methods=get),
        Route("/tasks/submit", calls.guarded(calls.submit), methods=post),
        Route("/tasks/cancel_many", calls.guarded(calls.cancel), methods=post),
        Route("/tasks/{task_id}/{aspect}", calls.guarded(calls.task), methods=get),
        Route("/monitoring/task_wait_time", calls.guarded(calls.task_wait_time), methods=post),
        Route("/monitoring/qpu_wait_time", calls.guarded(calls.qpu_wait_time), methods=post),
        Route("/monitoring/calibrations", calls.guarded(calls.calibration), methods=get),
        Route("/monitoring/statuses", calls.guarded(calls.statuses), methods=get),
        Route("/windows/next", calls.guarded(calls.next_window), methods=get),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _as_errors, Exception: _as_errors})
    app.router.redirect_slashes = False  # a redirect would repeat the query and path of the request in a header
    return app


def _open(call: Endpoint) -> Endpoint:
    @wraps(call)
    async def endpoint(request: Request) -> Response:
        try:
            return await call(request)
        except RefusedRequest as error:
            return _errors(error.status, str(error))
        except ClientDisconnect:
            return _errors(400, "the connection was closed before the request was complete")

    return endpoint


class _Calls:
    def __init__(self, service: TaskService) -> None:
        self._service = service

    def guarded(self, call: Endpoint) -> Endpoint:
        """The call, for requests with an accepted token."""

        async def endpoint(request: Request) -> Response:
            match self._service.access.check(request.headers.get("authentication-token")):
                case Verdict.ACCEPTED:
                    return await call(request)
                case Verdict.EXPIRED:
                    return JsonResponse({"detail": "the authentication token has expired"}, 401)
                case Verdict.REJECTED:
                    return _errors(401, "the Authentication-Token header is missing, or its token is not accepted")

        return _open(endpoint)

    async def version(self, _: Request) -> Response:
        return JsonResponse({"version": f"local {__version__}"})

    async def login(self, request: Request) -> Response:
        body = await _json_object(request)
        token = self._service.access.login(_text(body, "email"), _text(body, "password"))
        if token is None:
            return _errors(401, "no account has that email and password")
        return JsonResponse({"response": {"user": {"authentication_token": token}}})

    async def logout(self, _: Request) -> Response:
        return JsonResponse({"response": {}})

    async def qpus(self, request: Request) -> Response:
        items = [self._qpu_item(qpu.settings, request) for qpu in self._service.qpus()]
        return JsonResponse({"items": items, "total": len(items)})

    async def qpu(self, request: Request) -> Response:
        return JsonResponse(self._qpu_item(self._service.qpu(request.path_params["qpu_id"]).settings, request))

    def _qpu_item(self, qpu: LocalQpu, request: Request) -> dict[str, object]:
        return {
            "id": qpu.id,
            "name": qpu.name,
            "url": _url_of(request),
            "active": qpu.active,
            "status": _status(qpu),
            "feature_set": json.dumps(features_of(qpu, self._service.settings.engine)),
        }

    async def reserve(self, request: Request) -> Response:
        body = await _json_object(request)
        count = body.get("task_count")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_RESERVATION:
            raise RefusedRequest(
                400, f"task_count must be a whole number from 1 to {MAX_RESERVATION}, not {_short(count)}"
            )
        tasks = self._service.reserve(_text(body, "qpu_id"), count, _text_or_none(body, "tag"))
        return JsonResponse([task.id for task in tasks])

    async def submit(self, request: Request) -> Response:
        entries = _list(await _json_object(request), "tasks")
        tasks = self._service.submit([_submission(entry) for entry in entries])
        return JsonResponse([{"task_id": task.id} for task in tasks])

    async def cancel(self, request: Request) -> Response:
        self._service.cancel(_texts(await _json_object(request), "tasks"))
        return JsonResponse("OK")

    async def task(self, request: Request) -> Response:
        aspect = _ASPECTS.get(request.path_params["aspect"])
        if aspect is None:
            raise HTTPException(404)
        return JsonResponse(aspect(self._service.task(request.path_params["task_id"])))

    async def tasks(self, request: Request) -> Response:
        start, end = _moment(request, "start_date"), _moment(request, "end_date")
        return JsonResponse([task.summary() for task in self._service.tasks_between(start, end)])

    async def task_wait_time(self, request: Request) -> Response:
        tasks = [self._service.task(task_id) for task_id in _texts(await _json_object(request), "task_ids")]
        return JsonResponse({"task_wait_times": [self._task_estimate(task) for task in tasks]})

    def _task_estimate(self, task: Task) -> dict[str, object]:
        qpu = self._service.qpu(task.qpu_id)
        position = qpu.position(task)
        return {
            "task_id": task.id,
            "qpu_id": task.qpu_id,
            "status": task.status.value,
            "position_in_queue": position,
            "estimated_start_time": None if position is None else iso(qpu.estimated_start(position)),
            "timestamp": iso(self._service.clock.wall()),
        }

    async def qpu_wait_time(self, request: Request) -> Response:
        qpus = [self._service.qpu(qpu_id) for qpu_id in _texts(await _json_object(request), "targets")]
        return JsonResponse({"qpu_wait_times": [self._qpu_estimate(qpu) for qpu in qpus]})

    def _qpu_estimate(self, qpu: Qpu) -> dict[str, object]:
        now = self._service.clock.wall()
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
        qpu = self._service.qpu(request.query_params.get("qpu_id", "")).settings
        text = request.query_params.get("date")
        try:
            day = self._service.clock.wall().date() if text is None else date.fromisoformat(text)
        except ValueError:
            raise RefusedRequest(400, f"date must be YYYY-MM-DD, not {text!r}") from None
        known = {"qpu_id": qpu.id, "date": day.isoformat(), "simulated": True, "qubits": qpu.qubits}
        return JsonResponse(known | calibration_of(qpu))

    async def statuses(self, _: Request) -> Response:
        return JsonResponse(
            [{"qpu_id": qpu.settings.id, "status": _status(qpu.settings)} for qpu in self._service.qpus()]
        )

    async def next_window(self, _: Request) -> Response:
        # All QPUs have the same URL here, and the call does not name one: the next window of any QPU.
        windows = [window for qpu in self._service.qpus() if (window := qpu.next_window()) is not None]
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


def _status(qpu: LocalQpu) -> str:
    return "ACTIVE" if qpu.active else "INACTIVE"


def _submission(entry: object) -> Submission:
    if not isinstance(entry, dict):
        raise RefusedRequest(400, "each of the tasks must be an object")
    return Submission(
        qpu_id=_text(entry, "qpu_id"),
        program=_text(entry, "program"),
        config=_text_or_none(entry, "config"),
        task_id=_text_or_none(entry, "task_id"),
        tag=_text_or_none(entry, "tag"),
    )


async def _json_object(request: Request) -> dict[str, Any]:
    size = sum(len(name) + len(value) for name, value in request.headers.raw)
    body = bytearray()
    async for chunk in request.stream():
        body.extend(chunk)
        if size + len(body) > MAX_REQUEST_BYTES:
            raise RefusedRequest(
                413, f"a request can have at most {MAX_REQUEST_BYTES} bytes, headers and body together"
            )
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedRequest(400, f"the body is not valid JSON: {error}") from error
    except RecursionError as error:
        raise RefusedRequest(400, "the body is nested too deeply") from error
    if not isinstance(value, dict):
        raise RefusedRequest(400, "the body must be a JSON object")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise RefusedRequest(400, f"{name} must be a string")
    return _whole(value, name)


def _text_or_none(body: dict[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _list(body: dict[str, Any], name: str) -> list[object]:
    value = body.get(name)
    if not isinstance(value, list) or not value:
        raise RefusedRequest(400, f"{name} must be a list that is not empty")
    return value


def _texts(body: dict[str, Any], name: str) -> list[str]:
    values = _list(body, name)
    if not all(isinstance(value, str) for value in values):
        raise RefusedRequest(400, f"{name} must be a list of strings")
    return [_whole(str(value), name) for value in values]


def _whole(text: str, name: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise RefusedRequest(400, f"{name} is not valid Unicode text: it has half of a surrogate pair")
    return text


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not valid JSON")


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _url_of(request: Request) -> str:
    """The URL by which the client reached the service, from its Host header."""
    try:
        return str(request.base_url).rstrip("/")
    except ValueError:
        raise RefusedRequest(400, "the Host header is not a valid host") from None


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        # A "+" that is not escaped in a query arrives as a space.
        moment = datetime.fromisoformat(text[:-6] + text[-6:].replace(" ", "+") if len(text) > 19 else text)
    except ValueError:
        raise RefusedRequest(400, f"{name} must be an ISO date or time, not {text!r}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _errors(status: int, *messages: str) -> Response:
    return JsonResponse({"response": {"errors": list(messages)}}, status)


async def _as_errors(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _errors(error.status_code, f"{request.method} {request.scope['path']}: {error.detail}")
    return _errors(500, f"the embedded QPU failed: {type(error).__name__}")
