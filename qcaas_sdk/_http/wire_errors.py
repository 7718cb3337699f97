"""What the errors of httpx and aiohttp mean: whether something was sent, and whether another attempt can help."""

import errno
import re
import socket
import ssl
import sys
from collections.abc import Iterator

HEALING_STATUSES = frozenset({408, 425, 429})
"""Temporary refusals by a proxy, below 500."""

_PASSING_TLS_ERRORS = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
)
_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}

_REFUSED = f"[Errno {errno.ECONNREFUSED}]"
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def is_of_the_wire(error: BaseException) -> bool:
    """Whether the transport failed, and not the code around it."""
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    return isinstance(error, httpx.TransportError | httpx.InvalidURL | OSError) or _of_aiohttp(error)


def never_left(error: BaseException) -> bool:
    """Whether nothing of the request was sent, because there was no connection.

    `httpx-aiohttp` 0.2 reports a dropped connection as `ConnectTimeout`, even if the whole request was sent. So
    aiohttp's own error, if there is one, decides.
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
    """Whether the name of the host or proxy does not exist."""
    return any(isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME for cause in _causes(error))


def what_to_change(error: BaseException) -> str | None:
    """What the user must change before another attempt can help; None if it may help without a change.

    Args:
        error: An error for which `never_left` holds.
    """
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    causes = [*_causes(error)]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "its certificate cannot be verified: check the URL, or set SSL_CERT_FILE to your own CA"
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


def in_plain_words(error: BaseException) -> str | None:
    """Why there is no connection, without the words of a library; None if the error says more itself."""
    if no_such_name(error):
        return "there is no host with this name"
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError) or str(cause).count(_REFUSED) == str(cause).count("[Errno ") > 0:
            return "connection refused: nothing listens at this host and port"
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return "the network does not lead to this host"
    return None


def proxy_refusal(status: int) -> str:
    """What to do about a proxy that refuses."""
    if status in {401, 407}:
        return "the proxy needs a user name and a password: set them in HTTPS_PROXY"
    return "the proxy refuses this request: ask its administrator, or add the host to NO_PROXY"


def _of_aiohttp(error: BaseException) -> bool:
    aiohttp = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, aiohttp.ClientError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, as far as httpx, httpcore, anyio and aiohttp provide them."""
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
