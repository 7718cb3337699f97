"""The live page, served in the event loop that runs now."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._base.text import one_line_html
from qcaas_sdk._guards.listening import listening
from qcaas_sdk._guards.own_hosts import is_loopback
from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.web.control import Handles
from qcaas_sdk.web.estimates import AskService
from qcaas_sdk.web.follower import Follower
from qcaas_sdk.web.source import Source

if TYPE_CHECKING:
    import uvicorn


class Dashboard:
    """The live page of some jobs, served until it is closed. Made by `OqcSdk.dashboard` and `qcaas watch --web`.

    Attributes:
        url: The address of the page. If jobs may be changed, it has a token that works once, in one browser.
    """

    def __init__(
        self,
        source: Source,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        handles: Handles | None = None,
        requests: Callable[[], int | None] = lambda: None,
        ask: AskService | None = None,
        clock: Clock | None = None,
        on_close: Callable[[Callable[[], None]], Callable[[], None]] = lambda _: lambda: None,
    ) -> None:
        """Serve the page from now on, in the running event loop.

        Args:
            source: The jobs.
            host: The address to listen on. On any address but loopback, other machines can read the page.
            port: The port; 0 picks a free one.
            handles: Finds the handles on jobs, if the page may change them.
            requests: How many requests were sent to the service; None if that is not known.
            ask: Asks the service for its estimate of a QPU's queue, if that is possible.
            clock: The source of time.
            on_close: Has a function called when the SDK is closed; returns what undoes that.

        Raises:
            MissingExtra: The extra `web` is not installed.
            QcaasError: It cannot listen on that address.
        """
        try:
            import uvicorn  # noqa: PLC0415  # an extra

            from qcaas_sdk.web.access import ControlToken  # noqa: PLC0415  # as above
            from qcaas_sdk.web.app import LivePage  # noqa: PLC0415  # as above
        except ModuleNotFoundError as error:
            if error.name not in {"uvicorn", "starlette"}:
                raise
            raise MissingExtra("the live page", "web") from error
        self._loop = loop = asyncio.get_running_loop()
        self._listener, address = listening(host, port)
        token = None if handles is None else ControlToken()
        self._follower = Follower(source, clock or SystemClock(), handles=handles, requests=requests, ask=ask)
        page = LivePage(self._follower, token, f"qcaas_control_{self._listener.getsockname()[1]}")
        config = uvicorn.Config(
            page.app([host]),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level=logging.CRITICAL,
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        self._server = _without_signals(uvicorn.Server(config))
        self.url = f"{address}/" + ("" if token is None else f"?token={token.token}")
        self._tasks = [
            loop.create_task(self._server.serve(sockets=[self._listener]), name="the live page"),
            loop.create_task(self._follower.follow(), name="what the live page shows"),
        ]
        if (estimates := self._follower.estimates) is not None:
            follow = estimates.follow(self._follower.waiting)
            self._tasks.append(loop.create_task(follow, name="the service's estimates for the live page"))
        self._forget = on_close(self.close)

    def close(self) -> None:
        """Stop serving the page, from any thread. Closing twice does nothing."""
        if asyncio._get_running_loop() is self._loop:
            self._close()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        if self._follower.closed:
            return
        self._forget()
        self._follower.close()
        for server in getattr(self._server, "servers", ()):
            server.close()
        self._listener.close()  # if it has not begun to listen yet
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        for task in self._tasks:
            task.cancel()

    async def wait(self) -> None:
        """Wait until it is closed, or fails."""
        await asyncio.wait(self._tasks[:1])

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the page."""
        return is_loopback(self._listener.getsockname()[0])

    def __repr__(self) -> str:
        return f"<Dashboard {self._page}>"

    def _repr_html_(self) -> str:
        shown = one_line_html(self._page)
        return f'<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a>'

    @property
    def _page(self) -> str:
        """The address without the token, which is a secret."""
        return self.url.partition("?")[0]


def _without_signals(server: "uvicorn.Server") -> "uvicorn.Server":
    """A server that leaves signals to the program around it."""

    @contextmanager
    def nothing() -> Iterator[None]:
        yield

    server.capture_signals = nothing  # type: ignore[method-assign]  # uvicorn has no option for it
    return server
