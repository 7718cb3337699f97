"""What a request says: its body, the fields of that, and its query, each checked.

What is not valid raises `RefusedRequest`.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from qcaas_sdk.local.service.task_service import RefusedRequest

MAX_REQUEST_BYTES = 128 * 1024
"""The service's limit on request line, headers and body."""

_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


async def limited_body(request: Request) -> bytes:
    """The body of a request that is not too large.

    Raises:
        RefusedRequest: It is too large.
    """
    size = sum(len(name) + len(value) for name, value in request.headers.raw)
    body = bytearray()
    async for chunk in request.stream():
        body.extend(chunk)
        if size + len(body) > MAX_REQUEST_BYTES:
            raise RefusedRequest(
                413, f"a request can have at most {MAX_REQUEST_BYTES} bytes, headers and body together"
            )
    return bytes(body)


async def json_object(request: Request) -> dict[str, Any]:
    """The body of a request, a JSON object.

    Raises:
        RefusedRequest: It is something else, or too large.
    """
    body = await limited_body(request)
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedRequest(400, f"the body is not valid JSON: {error}") from error
    except RecursionError as error:
        raise RefusedRequest(400, "the body is nested too deeply") from error
    if not isinstance(value, dict):
        raise RefusedRequest(400, "the body must be a JSON object")
    return value


def text_in(body: dict[str, Any], name: str) -> str:
    """A field that is text."""
    value = body.get(name)
    if not isinstance(value, str):
        raise RefusedRequest(400, f"{name} must be a string")
    return _whole(value, name)


def text_or_none_in(body: dict[str, Any], name: str) -> str | None:
    """A field that is text, or left out."""
    return None if body.get(name) is None else text_in(body, name)


def list_in(body: dict[str, Any], name: str) -> list[object]:
    """A field that is a list with entries."""
    value = body.get(name)
    if not isinstance(value, list) or not value:
        raise RefusedRequest(400, f"{name} must be a list that is not empty")
    return value


def texts_in(body: dict[str, Any], name: str) -> list[str]:
    """A field that is a list of texts with entries."""
    values = list_in(body, name)
    if not all(isinstance(value, str) for value in values):
        raise RefusedRequest(400, f"{name} must be a list of strings")
    return [_whole(str(value), name) for value in values]


def moment_in(request: Request, name: str) -> datetime | None:
    """A date or time in the query; None if it is left out. One without a time zone is in UTC."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        # A "+" that is not escaped in a query arrives as a space.
        moment = datetime.fromisoformat(text[:-6] + text[-6:].replace(" ", "+") if len(text) > 19 else text)
    except ValueError:
        raise RefusedRequest(400, f"{name} must be an ISO date or time, not {text!r}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def url_of(request: Request) -> str:
    """The URL by which the client reached the service, from its Host header."""
    try:
        return str(request.base_url).rstrip("/")
    except ValueError:
        raise RefusedRequest(400, "the Host header is not a valid host") from None


def _whole(text: str, name: str) -> str:
    if _HALF_OF_A_PAIR.search(text) is not None:
        raise RefusedRequest(400, f"{name} is not valid Unicode text: it has half of a surrogate pair")
    return text


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not valid JSON")
