"""Served pages for a real browser: the server runs in a thread with an event loop of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.source import Journaled

Result = TypeVar("Result")
Serve = Callable[[], AbstractAsyncContextManager[Dashboard]]


class Served:
    """A page that is served in a thread.

    Attributes:
        url: Its address.
    """

    def __init__(self, serve: Serve) -> None:
        self.url = ""
        self._serve = serve
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(30)
        if self._error is not None:
            raise self._error

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the loop of the server."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def stop(self) -> None:
        if self._loop is not None and self._over is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(30)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # told where it was started
            self._error = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with self._serve() as dashboard:
            self.url = dashboard.url
            self._ready.set()
            await self._over.wait()


@contextmanager
def serving(serve: Serve) -> Iterator[Served]:
    """Serve a page, for as long as it is needed."""
    served = Served(serve)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def journal(path: Path, port: int = 0) -> Serve:
    """The page of a journal, read-only."""

    @asynccontextmanager
    async def serve() -> AsyncIterator[Dashboard]:
        dashboard = Dashboard(Journaled(path, "20261128-1"), port=port)
        try:
            yield dashboard
        finally:
            dashboard.close()

    return serve
