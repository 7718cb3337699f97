"""The service as an ASGI app, in version 3 or 4 of the REST contract."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from qcaas_sdk.local.service.calls import Calls, as_errors, open_to_all
from qcaas_sdk.local.service.gateway import GatewayCalls
from qcaas_sdk.local.service.sign_in import SignIn
from qcaas_sdk.local.service.task_service import TaskService

GET, POST = ["GET"], ["POST"]


def build_app(service: TaskService) -> Starlette:
    """The service as a Starlette app."""
    routes = _routes_v4(service) if service.settings.api == "v4" else _routes_v3(service)
    app = Starlette(routes=routes, exception_handlers={HTTPException: _as_errors, Exception: _as_errors})
    app.router.redirect_slashes = False  # a redirect would repeat the query and path of the request in a header
    return app


def _routes_v3(service: TaskService) -> Sequence[Route]:
    calls = Calls(service)
    return [
        Route("/admin/version", open_to_all(calls.version), methods=GET),
        Route("/admin/login", open_to_all(calls.login), methods=POST),
        Route("/admin/logout", open_to_all(calls.logout), methods=POST),
        Route("/admin/qpu", calls.guarded(calls.qpus), methods=GET),
        Route("/admin/qpu/{qpu_id}", calls.guarded(calls.qpu), methods=GET),
        Route("/tasks", calls.guarded(calls.reserve), methods=POST),
        Route("/tasks", calls.guarded(calls.tasks), methods=GET),
        Route("/tasks/submit", calls.guarded(calls.submit), methods=POST),
        Route("/tasks/cancel_many", calls.guarded(calls.cancel), methods=POST),
        Route("/tasks/{task_id}/{aspect}", calls.guarded(calls.task), methods=GET),
        Route("/monitoring/task_wait_time", calls.guarded(calls.task_wait_time), methods=POST),
        Route("/monitoring/qpu_wait_time", calls.guarded(calls.qpu_wait_time), methods=POST),
        Route("/monitoring/calibrations", calls.guarded(calls.calibration), methods=GET),
        Route("/monitoring/statuses", calls.guarded(calls.statuses), methods=GET),
        Route("/windows/next", calls.guarded(calls.next_window), methods=GET),
    ]


def _routes_v4(service: TaskService) -> Sequence[Route]:
    calls, sign_in = GatewayCalls(service), SignIn(service.access)
    realm = "/realms/{realm}"
    return [
        Route("/healthz", open_to_all(calls.version), methods=GET),
        Route("/qpus", calls.guarded(calls.qpus), methods=GET),
        Route("/qpus/{qpu_id}/features", calls.guarded(calls.features), methods=GET),
        Route("/qpus/{qpu_id}/status", calls.guarded(calls.qpu_status), methods=GET),
        Route("/qpus/{qpu_id}/benchmarks", calls.guarded(calls.benchmarks), methods=GET),
        Route("/qpus/{qpu_id}/benchmarks/search", calls.guarded(calls.benchmarks_search), methods=GET),
        Route("/tasks", calls.guarded(calls.reserve), methods=POST),
        Route("/tasks/submit", calls.guarded(calls.submit), methods=POST),
        Route("/tasks/cancel_many", calls.guarded(calls.cancel), methods=POST),
        Route("/tasks/{task_id}/{aspect}", calls.guarded(calls.task), methods=GET),
        Route(f"{realm}/.well-known/openid-configuration", open_to_all(sign_in.discovery), methods=GET),
        Route(f"{realm}/protocol/openid-connect/token", open_to_all(sign_in.token), methods=POST),
        Route(f"{realm}/protocol/openid-connect/auth/device", open_to_all(sign_in.device), methods=POST),
        Route(f"{realm}/protocol/openid-connect/revoke", open_to_all(sign_in.revoke), methods=POST),
    ]


async def _as_errors(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        response = as_errors(error.status_code, f"{request.method} {request.scope['path']}: {error.detail}")
        if error.status_code == 405:
            response.headers["Allow"] = ", ".join(sorted(_allowed(request)))
        return response
    return as_errors(500, f"the embedded QPU failed: {type(error).__name__}")


def _allowed(request: Request) -> set[str]:
    """The methods of all routes of a path. Starlette names those of the first one only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return set().union(*(route.methods for route in routes))
