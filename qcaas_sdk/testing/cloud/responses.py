"""What a client gets: the response of the service, or what a fault turns it into."""

import json
from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import cast

from attrs import evolve, frozen

from qcaas_sdk.testing.cloud.calls import Json
from qcaas_sdk.testing.cloud.faults import (
    Dropped,
    Hang,
    Html,
    MissingField,
    Slow,
    Status,
    Truncated,
    Unreachable,
    What,
)
from qcaas_sdk.testing.time import EPOCH

_PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@frozen
class Response:
    """An HTTP response.

    Attributes:
        status: The HTTP status.
        body: The body.
        content_type: Its media type.
        retry_after: The `Retry-After` header; None for none.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    retry_after: str | None = None


def as_json(status: int, value: object) -> Response:
    """A JSON response."""
    return Response(status, _encode(value).encode())


def as_errors(status: int, *messages: str) -> Response:
    """An answer that refuses, as the contract has it."""
    return as_json(status, {"response": {"errors": list(messages)}})


def rate_limited(wait_s: float) -> Response:
    """The answer to one request too many."""
    return evolve(as_errors(429, "too many requests"), retry_after=str(max(ceil(wait_s), 1)))


def acts(what: What | None) -> bool:
    """Whether the server acts on a request that this strikes."""
    match what:
        case None:
            return True
        case Unreachable():
            return False
        case Dropped() | Hang() | Status() | Html():
            return what.after_acting
    return True


def delays(what: What | None, latency_s: float) -> tuple[float, float]:
    """Seconds that a request is on its way, and its answer."""
    there = back = latency_s / 2
    if isinstance(what, Slow):
        return (there + what.seconds, back) if what.acts_late else (there, back + what.seconds)
    return there, back


def as_received(what: What, response: Response | None, now: float) -> Response | None:
    """What arrives at the client; None for nothing.

    Args:
        what: What goes wrong.
        response: The response of the service, if it acted.
        now: The time of the server's own clock, as a virtual second.
    """
    match what:
        case Unreachable() | Dropped() | Hang():
            return None
        case Status():
            return evolve(as_errors(what.code, what.message), retry_after=_retry_after(what, now))
        case Html():
            return Response(what.code, _PAGE, "text/html")
        case Truncated() if response is not None:
            return evolve(response, body=response.body[: int(len(response.body) * what.keep)])
        case MissingField() if response is not None:
            return evolve(response, body=_encode(_without(json.loads(response.body), what.name)).encode())
    return response


def _retry_after(what: Status, now: float) -> str | None:
    if what.retry_after_s is None:
        return None
    if what.retry_after_as_date:
        return http_date(now + what.retry_after_s)
    return f"{what.retry_after_s:g}"


def http_date(moment: float) -> str:
    """A virtual second as HTTP headers write it."""
    return format_datetime(EPOCH + timedelta(seconds=int(moment)), usegmt=True)


def _without(value: Json, name: str | None) -> Json:
    if isinstance(value, list):
        return cast("Json", value[:-1])
    if isinstance(value, dict):
        gone = next(iter(value), None) if name is None else name
        return {key: inner for key, inner in value.items() if key != gone}
    return None
