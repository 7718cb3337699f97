"""What asyncio asks of an event loop, and what is nothing to do where no socket, no thread and no debug mode is."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from qcaas_sdk.testing.time import RealTimeNeeded

_Handler: TypeAlias = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]


class QuietLoop(asyncio.AbstractEventLoop):
    """An event loop without debug mode, executors and sockets."""

    _handler: _Handler | None = None

    def get_debug(self) -> bool:
        """Never in debug mode: it would be slow."""
        return False

    def set_debug(self, enabled: bool) -> None:
        """Ignored."""

    def get_task_factory(self) -> None:
        """There is none."""

    def get_exception_handler(self) -> _Handler | None:
        """As in any loop."""
        return self._handler

    def set_exception_handler(self, handler: _Handler | None) -> None:
        """As in any loop."""
        self._handler = handler

    async def shutdown_asyncgens(self) -> None:
        """Nothing to do."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Nothing to do: there is none."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell the program's own handler, if it has one, of an error that no task gets."""
        if self._handler is not None:
            self._handler(self, context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Ignored."""

    async def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise RealTimeNeeded

    create_connection = create_server = create_datagram_endpoint = getaddrinfo = _refuse
    create_unix_connection = create_unix_server = subprocess_exec = subprocess_shell = _refuse
    connect_read_pipe = connect_write_pipe = sock_connect = sock_recv = sock_sendall = _refuse
