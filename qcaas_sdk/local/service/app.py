"""The service as an ASGI app, in version 3 or 4 of the REST contract."""

from collections.abc import Sequence

from qcaas_sdk.local.service.asgi import AsgiApp
from qcaas_sdk.local.service.calls import Calls, as_errors, open_to_all
from qcaas_sdk.local.service.gateway import GatewayCalls
from qcaas_sdk.local.service.routing import Route, as_app
from qcaas_sdk.local.service.sign_in import SignIn
from qcaas_sdk.local.service.task_service import TaskService

GET, POST = "GET", "POST"


def build_app(service: TaskService) -> AsgiApp:
    """The service as an ASGI app."""
    return as_app(_routes_v4(service) if service.settings.api == "v4" else _routes_v3(service), as_errors)


def _routes_v3(service: TaskService) -> Sequence[Route]:
    calls = Calls(service)
    return [
        Route(GET, "/admin/version", open_to_all(calls.version)),
        Route(POST, "/admin/login", open_to_all(calls.login)),
        Route(POST, "/admin/logout", open_to_all(calls.logout)),
        Route(GET, "/admin/qpu", calls.guarded(calls.qpus)),
        Route(GET, "/admin/qpu/{qpu_id}", calls.guarded(calls.qpu)),
        Route(POST, "/tasks", calls.guarded(calls.reserve)),
        Route(GET, "/tasks", calls.guarded(calls.tasks)),
        Route(POST, "/tasks/submit", calls.guarded(calls.submit)),
        Route(POST, "/tasks/cancel_many", calls.guarded(calls.cancel)),
        Route(GET, "/tasks/{task_id}/{aspect}", calls.guarded(calls.task)),
        Route(POST, "/monitoring/task_wait_time", calls.guarded(calls.task_wait_time)),
        Route(POST, "/monitoring/qpu_wait_time", calls.guarded(calls.qpu_wait_time)),
        Route(GET, "/monitoring/calibrations", calls.guarded(calls.calibration)),
        Route(GET, "/monitoring/statuses", calls.guarded(calls.statuses)),
        Route(GET, "/windows/next", calls.guarded(calls.next_window)),
    ]


def _routes_v4(service: TaskService) -> Sequence[Route]:
    calls, sign_in = GatewayCalls(service), SignIn(service.access)
    realm = "/realms/{realm}"
    return [
        Route(GET, "/healthz", open_to_all(calls.version)),
        Route(GET, "/qpus", calls.guarded(calls.qpus)),
        Route(GET, "/qpus/{qpu_id}/features", calls.guarded(calls.features)),
        Route(GET, "/qpus/{qpu_id}/status", calls.guarded(calls.qpu_status)),
        Route(GET, "/qpus/{qpu_id}/benchmarks", calls.guarded(calls.benchmarks)),
        Route(GET, "/qpus/{qpu_id}/benchmarks/search", calls.guarded(calls.benchmarks_search)),
        Route(POST, "/tasks", calls.guarded(calls.reserve)),
        Route(POST, "/tasks/submit", calls.guarded(calls.submit)),
        Route(POST, "/tasks/cancel_many", calls.guarded(calls.cancel)),
        Route(GET, "/tasks/{task_id}/{aspect}", calls.guarded(calls.task)),
        Route(GET, f"{realm}/.well-known/openid-configuration", open_to_all(sign_in.discovery)),
        Route(POST, f"{realm}/protocol/openid-connect/token", open_to_all(sign_in.token)),
        Route(POST, f"{realm}/protocol/openid-connect/auth/device", open_to_all(sign_in.device)),
        Route(POST, f"{realm}/protocol/openid-connect/revoke", open_to_all(sign_in.revoke)),
    ]
