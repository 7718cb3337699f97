"""The page as an ASGI app: files, one stream of changes, one job, actions."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from qcaas_sdk._base.text import message, one_line
from qcaas_sdk.diagrams.browser_drawing import STATIC, Document, live_chart
from qcaas_sdk.diagrams.looks import looks_of
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.statechart import shipped_chart
from qcaas_sdk.web.access import AccessCheck, ControlToken
from qcaas_sdk.web.composites import composite_details, listed
from qcaas_sdk.web.details import details
from qcaas_sdk.web.follower import Follower
from qcaas_sdk.web.rows import STATES

HEARTBEAT_S = 15.0
"""Seconds without news after which a stream sends an empty line, so that both sides notice a lost connection."""

MAX_STREAMS = 32
"""Streams of changes at one time."""
MAX_DIGITS = 18
"""Digits of a number in a URL, which then fits into 64 bits."""

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    file.name: (file.read_bytes(), TYPES[file.suffix])
    for folder in (Path(__file__).parent / "static", STATIC)
    for file in folder.iterdir()
    if file.suffix in TYPES
}


class LivePage:
    """The app, and what it shows.

    Attributes:
        streams: How many browsers get changes now.
    """

    def __init__(self, follower: Follower, token: ControlToken | None, cookie: str) -> None:
        """For what a follower follows.

        Args:
            follower: Follows the jobs.
            token: Lets a browser change jobs; None if nobody may.
            cookie: The name of the cookie. Servers on one host share their cookies, so it names this one.
        """
        self._follower = follower
        self._token = token
        self._cookie = cookie

    def app(self, names: Iterable[str]) -> ASGIApp:
        """The ASGI app.

        Args:
            names: Host names that it accepts besides the loopback names.
        """
        routes = [
            Route("/", self._page),
            Route("/api/about", self._about),
            Route("/api/events", self._events),
            Route("/api/composites", self._composites),
            Route("/api/composites/{number}", self._composite),
            Route("/api/jobs/{number}", self._job),
            Route("/api/jobs/{number}/{action}", self._act, methods=["POST"]),
            Route("/{name}", self._file),
        ]
        return AccessCheck(Starlette(routes=routes), names)

    async def _page(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if token is None:
            return _file("index.html")
        secret = None if self._token is None or request.method != "GET" else self._token.exchange(token)
        if secret is None and not self._may_change(request):
            text = "This link was used already, or is wrong. It works once, in one browser.\n"
            return Response(text, 403, media_type="text/plain")
        response = RedirectResponse("/", 303)
        if secret is not None:
            response.set_cookie(self._cookie, secret, httponly=True, samesite="strict")
        return response

    async def _file(self, request: Request) -> Response:
        return _file(request.path_params["name"])

    async def _about(self, request: Request) -> Response:
        chart = shipped_chart("job")
        looks = looks_of(chart)
        states = [
            {
                "name": state.value,
                "colour": looks[state.lower()].colour,
                "sign": looks[state.lower()].sign,
                "final": state.lower() in chart.final_states,
                "summary": next(one.summary for one in chart.states if one.name == state.lower()),
            }
            for state in STATES
        ]
        return JSONResponse(
            {
                "title": one_line(self._follower.source.title),
                "states": states,
                "chart": live_chart(chart, across=True),
                "tall_chart": live_chart(chart, across=False),
                "control": self._may_change(request),
                "can_control": self._token is not None,
            }
        )

    async def _events(self, request: Request) -> Response:
        if self._follower.streams >= MAX_STREAMS:
            return Response("too many browsers show this page\n", 503, media_type="text/plain")
        epoch, _, version = request.headers.get("last-event-id", "").rpartition("-")
        known = epoch == self._follower.board.epoch and version.isdecimal() and len(version) <= MAX_DIGITS
        return StreamingResponse(self._stream(int(version) if known else None), media_type="text/event-stream")

    async def _stream(self, version: int | None) -> AsyncIterator[bytes]:
        """What has changed since a version, and what changes from then on; None for a browser that knows nothing."""
        follower, board = self._follower, self._follower.board
        with follower.watched():
            if version is None or version > board.version:
                version = 0
                yield f"retry: 1000\nevent: begin\nid: {board.epoch}-0\ndata: {{}}\n\n".encode()
            while not follower.closed:
                if board.has_news(version):
                    for news, reached in board.since(version):
                        version = reached
                        yield b"id: %b-%d\ndata: %b\n\n" % (board.epoch.encode(), version, news)
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await follower.changed()
                except TimeoutError:
                    yield b":\n\n"

    async def _job(self, request: Request) -> Response:
        number = _number(request)
        found = None if number is None else self._follower.job(number)
        if number is None or found is None:
            return _problem(404, "there is no such job")
        record, label, note = found
        clock = self._follower.clock
        document: Document = await asyncio.to_thread(details, number, record, label, clock)
        document |= {"note": note, "actions": []}
        control = self._follower.control
        if control is not None and self._may_change(request):
            document |= {"actions": control.actions(number, record), "held": message(control.handles.held)}
        return JSONResponse(document)

    async def _composites(self, _: Request) -> Response:
        return JSONResponse(listed(self._follower.source.composites()))

    async def _composite(self, request: Request) -> Response:
        number = _number(request)
        found = None if number is None else self._follower.source.composite(number)
        if found is None:
            return _problem(404, "there is no such composite")
        return JSONResponse(await asyncio.to_thread(composite_details, found, self._follower.clock))

    async def _act(self, request: Request) -> Response:
        control, number = self._follower.control, _number(request)
        if control is None or not self._may_change(request):
            return _problem(
                403, "this page is read-only: start it with --control (or control=True), and open the link it prints"
            )
        if number is None:
            return _problem(404, "there is no such job")
        try:
            done = await control.act(number, request.path_params["action"])
        except QcaasError as error:
            return _problem(409, message(str(error)))
        return JSONResponse({}) if done else _problem(409, "the state of the job does not allow this now")

    def _may_change(self, request: Request) -> bool:
        return self._token is not None and self._token.is_held(request.cookies.get(self._cookie))


def _file(name: str) -> Response:
    if name not in FILES:
        return Response("there is no such file\n", 404, media_type="text/plain")
    content, kind = FILES[name]
    return Response(content, media_type=kind)


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)


def _number(request: Request) -> int | None:
    text = request.path_params["number"]
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None
