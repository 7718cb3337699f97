"""What the errors of httpx and aiohttp mean: whether something has left, and whether another attempt can help."""

import re
import socket
import ssl
import sys
from collections.abc import Iterator

HEALING_STATUSES = frozenset({408, 425, 429})
"""Refusals by a proxy, below 500, that may pass."""

_PASSING_TLS_ERRORS = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
)
_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


def is_of_the_wire(error: BaseException) -> bool:
    """Whether the transport failed, and not the code around it."""
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    return isinstance(error, httpx.TransportError | httpx.InvalidURL | OSError) or _of_aiohttp(error)


def never_left(error: BaseException) -> bool:
    """Whether it is certain that nothing of the request has left: no connection was ever made.

    `httpx-aiohttp` 0.2 calls a dropped connection a `ConnectTimeout`, even when the whole request had been sent;
    so aiohttp's own error, where there is one, has the last word.
    """
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    for told in (error, error.__cause__):
        if told is not None and _of_aiohttp(told):
            aiohttp = sys.modules["aiohttp"]
            return isinstance(
                told, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL
            )
    return isinstance(
        error,
        httpx.ConnectError
        | httpx.ConnectTimeout
        | httpx.PoolTimeout
        | httpx.ProxyError
        | httpx.UnsupportedProtocol
        | httpx.LocalProtocolError
        | httpx.InvalidURL,
    )


def no_such_name(error: BaseException) -> bool:
    """Whether the name of the host, or of the proxy, was looked up, and there is none."""
    return any(isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME for cause in _causes(error))


def what_to_change(error: BaseException) -> str | None:
    """What the user has to change before another attempt can help; None if it may help by itself.

    Args:
        error: One for which `never_left` holds.
    """
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    causes = [*_causes(error)]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "its certificate does not verify: check the URL, or name your own CA in SSL_CERT_FILE"
    if any(isinstance(cause, ssl.SSLError) and not isinstance(cause, _PASSING_TLS_ERRORS) for cause in causes):
        return "it does not speak TLS as expected: check the URL (https:// or http://, and the port)"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL):
        return "check the URL"
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"(\d{3})\b", str(error))
        if status is None or not 400 <= int(status[1]) < 500 or int(status[1]) in HEALING_STATUSES:
            return None
        return proxy_refusal(int(status[1]))
    return None


def proxy_refusal(status: int) -> str:
    """What to do about a proxy that refuses."""
    if status in {401, 407}:
        return "the proxy wants a user name and a password: put the right ones into HTTPS_PROXY"
    return "the proxy does not let this through: ask whoever runs it, or name the host in NO_PROXY"


def _of_aiohttp(error: BaseException) -> bool:
    aiohttp = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, aiohttp.ClientError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it, as far as httpx, httpcore, anyio and aiohttp tell."""
    waiting, seen = [error], set[int]()
    while waiting:
        told = waiting.pop()
        if id(told) in seen:
            continue
        seen.add(id(told))
        yield told
        behind = [told.__cause__, told.__context__]
        behind += [getattr(told, name, None) for name in ("os_error", "certificate_error")]
        behind += told.exceptions if isinstance(told, BaseExceptionGroup) else []
        waiting += [one for one in behind if isinstance(one, BaseException)]
