"""What came back over the wire, judged: a JSON value, or the error that says what is wrong with it."""

import json
import re
import warnings
from typing import TypeAlias

from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    QcaasError,
    RateLimited,
    RequestRefused,
    ServerUnavailable,
    ServerWarning,
)

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes, after decompression; raw shots of a large job are some MB."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


def parse(body: bytes, what: str) -> JsonValue:
    """The JSON value of a successful answer; None for an empty one.

    Raises:
        BadAnswer: It is not JSON.
    """
    if not body.strip():
        return None
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError) as error:
        hint = "a web page" if body.lstrip()[:1] == b"<" else "no complete JSON"
        raise BadAnswer(
            f"{what} was answered with {hint} ({error}): {plain(body)[:80]!r}; if it stays so, check the URL",
            may_have_arrived=True,
        ) from error
    if isinstance(value, dict):
        _pass_on_warnings(value)
    return value


def refusal(status: int, body: bytes, what: str, *, retry_after_s: float | None = None) -> QcaasError:
    """The error that an unsuccessful answer stands for."""
    messages = _messages(body)
    said = "; ".join(messages) or plain(body)[:200] or "nothing more"
    if status == 401:
        expired = "expired" in said.lower()
        problem = "the credential has expired" if expired else "the credential was refused"
        return AuthenticationError(
            f"{what}: {problem} (401: {said}); get a new token and open the SDK with it", status=401
        )
    if status == 403:
        return AuthenticationError(f"{what}: this account may not do that (403: {said})", status=403)
    if status == 429:
        return RateLimited(f"{what}: too many requests (429: {said}); try again later", retry_after_s=retry_after_s)
    if status in TRANSIENT:
        return ServerUnavailable(
            f"{what}: the service is not available ({status}: {said}); try again later",
            may_have_arrived=True,
            status=status,
            retry_after_s=retry_after_s,
        )
    if 300 <= status < 400:
        return BadAnswer(
            f"{what} was answered with a redirect ({status}), which is never followed: the credential would go "
            "along; check the URL",
            may_have_arrived=False,
            status=status,
        )
    hint = "; is this the address of a QCaaS service?" if status == 404 and not messages else ""
    return RequestRefused(f"{what} was refused ({status}: {said}){hint}", status=status, messages=messages)


def plain(body: bytes) -> str:
    """A body as one line of text, without tags."""
    text = body[:4000].decode("utf-8", "replace")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()


def _messages(body: bytes) -> list[str]:
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict):
        return []
    response = value.get("response")
    errors = response.get("errors") if isinstance(response, dict) else None
    found = errors or value.get("detail") or value.get("message") or []
    return [str(error)[:500] for error in (found if isinstance(found, list) else [found])]


def _pass_on_warnings(value: dict[str, JsonValue]) -> None:
    listed = value.get("messages")
    for message in [value.get("message"), *(listed if isinstance(listed, list) else [])]:
        if isinstance(message, str) and message.startswith("Warning"):
            warnings.warn(message, ServerWarning, stacklevel=2)
