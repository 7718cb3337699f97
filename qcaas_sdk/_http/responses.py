"""Turns answers into JSON values or errors."""

import json
import re
from collections.abc import Collection
from urllib.parse import quote, quote_plus, urlsplit

from qcaas_sdk._base.text import one_line
from qcaas_sdk._http.json_decoding import JsonValue, decoded
from qcaas_sdk._http.wire_errors import proxy_refusal
from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    QcaasError,
    RateLimited,
    RequestRefused,
    ServerUnavailable,
    ServerUnreachable,
)
from qcaas_sdk.errors.base import warn_of_server

MAX_RESPONSE = 64 * 1024 * 1024
"""Bytes after decompression; the raw shots of a large job are a few MB."""

MIN_SECRET_LENGTH = 4
"""Characters; a shorter secret cannot be distinguished from ordinary text."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


def read_json(body: bytes, what: str, secrets: Collection[str] = ()) -> JsonValue:
    """The JSON value of a successful answer, as `decoded`; None for an empty one.

    Args:
        body: The answer.
        what: The request, for messages.
        secrets: Values that messages must not show.

    Raises:
        BadAnswer: It is not JSON.
    """
    if not body or body.isspace():
        return None
    try:
        value = decoded(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        hint = "a web page" if body.lstrip()[:1] == b"<" else "text that is not valid JSON"
        raise BadAnswer(
            f"{what} was answered with {hint} ({error}): {plain(body, secrets)[:80]!r}; if this happens again, check "
            "the URL",
            may_have_arrived=True,
        ) from error
    if isinstance(value, dict) and ("message" in value or "messages" in value):
        _pass_on_warnings(value, secrets)
    return value


def error_from_response(
    status: int,
    body: bytes,
    what: str,
    *,
    retry_after_s: float | None = None,
    location: str | None = None,
    secrets: Collection[str] = (),
    confidential: bool = False,
) -> QcaasError:
    """The error for an unsuccessful answer.

    Args:
        status: The HTTP status.
        body: The answer.
        what: The request, for messages.
        retry_after_s: Seconds that the server asked to wait.
        location: The target of a redirect.
        secrets: Values that messages must not show; servers may repeat what they received.
        confidential: Whether the answer may contain other secrets, so that only its error messages are shown.
    """
    messages = _messages(body, secrets)
    said = "; ".join(messages) or ("" if confidential else plain(body, secrets)[:200]) or "no details"
    if status == 407:
        return ServerUnreachable(f"{what}: {proxy_refusal(status)} (407: {said})", temporary=False)
    if status in {401, 403}:
        problem = "the credential has expired" if "expired" in said.lower() else "the credential was refused"
        refused = f"{problem} (401: {said}); get a new token and open the SDK with it"
        not_allowed = f"this account is not allowed to do this (403: {said})"
        return AuthenticationError(f"{what}: {refused if status == 401 else not_allowed}", status=status)
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
            f"{what} was answered with a redirect ({status}) to {_host_of(location)}. The SDK does not follow "
            "redirects, because they could leak the credential; check the URL",
            may_have_arrived=False,
            status=status,
            temporary=False,
        )
    hint = "; is this the URL of a QCaaS service?" if status == 404 and not messages else ""
    return RequestRefused(
        f"{what} was refused ({status}: {said}){hint}",
        status=status,
        messages=messages,
        in_the_services_form=_is_in_the_services_form(body),
    )


def plain(body: bytes, secrets: Collection[str] = ()) -> str:
    """A body as one line of text, without tags and without secrets."""
    text = hidden(body[:100_000].decode("utf-8", "replace"), secrets)[:10_000]
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)", " ", text)
    return _one_line(re.sub(r"<[^>]*>", " ", text))


def read_confidential(body: bytes, what: str) -> JsonValue:
    """As `read_json`, for an answer that contains secrets: neither the error nor what is behind it shows any of it.

    Raises:
        BadAnswer: It is not a JSON object.
    """
    try:
        value = decoded(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(
        value, dict
    ):  # raised here, so that the decoder's error, which holds the text, is not behind it
        hint = "a web page" if body.lstrip()[:1] == b"<" else "text that is not a JSON object"
        raise BadAnswer(
            f"{what} was answered with {hint}; if this happens again, check the URL", may_have_arrived=True
        )
    return value


def oauth_refusal(status: int, body: bytes) -> JsonValue:
    """A refusal in OAuth's form (RFC 6749, section 5.2), which has the field `error`; None for any other answer."""
    value = _object(body) if status in {400, 401, 403, 404} else {}
    return value if isinstance(value.get("error"), str) else None


def _messages(body: bytes, secrets: Collection[str]) -> list[str]:
    value = _object(body)
    found = _errors(value) or value.get("detail") or value.get("message") or []
    listed = found if isinstance(found, list) else [found]
    return [_one_line(hidden(str(error), secrets)[:500]) for error in listed[:20]]


def _is_in_the_services_form(body: bytes) -> bool:
    """Whether a body is `{"response": {"errors": [text, …]}}`."""
    errors = _errors(_object(body))
    return isinstance(errors, list) and bool(errors) and all(isinstance(error, str) for error in errors)


def _errors(value: dict[str, JsonValue]) -> JsonValue:
    response = value.get("response")
    return response.get("errors") if isinstance(response, dict) else None


_AS_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""What `html.escape` does; its module is slow to import."""


def _object(body: bytes) -> dict[str, JsonValue]:
    """The JSON object of a body; an empty one if it is something else."""
    try:
        value = decoded(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _pass_on_warnings(value: dict[str, JsonValue], secrets: Collection[str]) -> None:
    listed = value.get("messages")
    for message in [value.get("message"), *(listed if isinstance(listed, list) else [])]:
        if isinstance(message, str) and message.startswith("Warning"):
            warn_of_server(_one_line(hidden(message, secrets)[:2000]))


def hidden(text: str, secrets: Collection[str]) -> str:
    """The text without secrets, even if they are quoted by JSON, Python, HTML or a URL."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_LENGTH:
            as_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
            for form in {
                secret,
                *as_json,
                repr(secret)[1:-1],
                secret.translate(_AS_HTML),
                quote(secret),
                quote_plus(secret),
            }:
                text = text.replace(form, "***")
    return text


def _one_line(text: str) -> str:
    return " ".join(one_line(text).split())


def _host_of(location: str | None) -> str:
    try:
        return urlsplit(location or "").hostname or "another page of the same host"
    except ValueError:
        return "an address that cannot be read"
