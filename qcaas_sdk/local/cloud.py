"""`LocalCloud`: the embedded service as an ASGI app."""

from functools import cached_property

from qcaas_sdk.local.service.asgi import AsgiApp
from qcaas_sdk.local.service.fault_injector import FaultInjector
from qcaas_sdk.local.service.task_service import TaskService


class LocalCloud(TaskService):
    """A QCaaS service in this process, on a real simulator.

    It starts with the first submission, and belongs to the event loop that runs then. It simulates one program at a
    time; the QPUs take turns.

    Args:
        settings: How it behaves.
        clock: Where time comes from.

    Raises:
        MissingExtra: The packages of the engine are not installed: those of the extra `local` or `qat`.
    """

    @cached_property
    def app(self) -> AsgiApp:
        """The ASGI app, for `httpx.ASGITransport` or any ASGI server; it needs no lifespan."""
        # Starlette is a package of the extra, and this module must load without it.
        from qcaas_sdk.local.service.app import build_app  # noqa: PLC0415

        return FaultInjector(build_app(self), self.settings.faults, clock=self.clock, seed=self.settings.seed)
