"""The embedded QPU as a transport of httpx."""

import httpx

from qcaas_sdk.local.cloud import LocalCloud
from qcaas_sdk.local.settings import LocalSettings
from qcaas_sdk.local.simulator.engines import check_installed


class LocalTransport(httpx.AsyncBaseTransport):
    """Answers requests in this process, without a socket.

    The first request starts a `LocalCloud`, in the event loop that runs then, and `aclose()` stops it. You can use
    the transport again after that: the next request starts a cloud with empty queues.

    Args:
        settings: How the service behaves.

    Raises:
        MissingExtra: The packages of the engine are not installed.
    """

    def __init__(self, settings: LocalSettings) -> None:
        check_installed(settings.engine)
        self._settings = settings
        self._cloud: LocalCloud | None = None
        self._asgi: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._asgi is None:
            self._cloud = LocalCloud(self._settings)
            self._cloud.start()
            self._asgi = httpx.ASGITransport(self._cloud.app)
        return await self._asgi.handle_async_request(request)

    async def aclose(self) -> None:
        """Stop the service; tasks that have not ended are cancelled. You can call it twice."""
        cloud, self._cloud, self._asgi = self._cloud, None, None
        if cloud is not None:
            await cloud.close()
