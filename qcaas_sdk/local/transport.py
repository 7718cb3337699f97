"""An embedded service that can be opened again after it was closed."""

from qcaas_sdk.local.service.cloud import LocalCloud
from qcaas_sdk.local.service.faults import Receive, Scope, Send
from qcaas_sdk.local.settings import LocalSettings


class EmbeddedCloud:
    """A `LocalCloud` for each time that it is opened: a cloud belongs to the event loop that it began in."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        LocalCloud(settings)  # so that a missing extra is reported now
        self._cloud: LocalCloud | None = None

    def open(self) -> None:
        """Begin anew, with empty queues."""
        self._cloud = LocalCloud(self._settings)

    async def close(self) -> None:
        """End all work. Closing twice does nothing."""
        cloud, self._cloud = self._cloud, None
        if cloud is not None:
            await cloud.close()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application of the cloud that is open."""
        if self._cloud is None:
            raise ConnectionRefusedError("the embedded QPU is not open")
        await self._cloud.app(scope, receive, send)
