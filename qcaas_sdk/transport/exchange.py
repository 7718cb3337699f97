"""One request over the wire, and what httpx's errors mean for it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import define

from qcaas_sdk.errors import BadAnswer, ServerUnavailable, ServerUnreachable, UntrustedHost
from qcaas_sdk.transport.answers import LARGEST_ANSWER
from qcaas_sdk.transport.patience import Patience

if TYPE_CHECKING:
    import httpx


@define
class Request:
    """A request, ready to leave as often as it takes.

    Attributes:
        method: The HTTP method.
        url: The whole address.
        body: The encoded body; None for none.
        params: The query.
        authenticate: Whether the credential goes along.
        left: Whether the current attempt has been handed to the wire.
    """

    method: str
    url: str
    body: bytes | None
    params: Mapping[str, str] | None = None
    authenticate: bool = True
    left: bool = False

    @property
    def name(self) -> str:
        """Method, host and path, for messages: no query, which may hold more than a reader should see."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.hostname}{parts.path}"


async def exchange(
    client: "httpx.AsyncClient", request: Request, headers: Mapping[str, str], limits: Patience
) -> tuple[int, Mapping[str, str], bytes]:
    """Send a request once.

    Returns:
        Status, headers and body of the answer.

    Raises:
        ServerUnreachable: No connection could be made: the server has not seen the request.
        ServerUnavailable: The connection broke or went silent: the server may have seen it.
        BadAnswer: The answer cannot be read, or is larger than any answer should be.
    """
    import httpx  # noqa: PLC0415  # loaded when the transport was opened

    timeout = httpx.Timeout(limits.answer_s, connect=limits.connect_s, pool=None)
    try:
        async with client.stream(
            request.method,
            request.url,
            content=request.body,
            params=request.params,
            headers=headers,
            timeout=timeout,
        ) as response:
            body = await _read(response, request.name)
            return response.status_code, response.headers, body
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise ServerUnreachable(
            f"{request.name}: no connection ({_reason(error)}); check the URL and your network"
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise UntrustedHost(
            f"{request.method}: the service names an address that is no URL; nothing was sent"
        ) from error
    except httpx.DecodingError as error:
        raise BadAnswer(f"{request.name}: the answer cannot be unpacked ({error})", may_have_arrived=True) from error
    except httpx.TimeoutException as error:
        raise ServerUnavailable(
            f"{request.name}: the server was silent for {limits.answer_s:g} s", may_have_arrived=True
        ) from error
    except (httpx.TransportError, OSError) as error:
        raise ServerUnavailable(
            f"{request.name}: the connection broke before the answer was complete ({_reason(error)})",
            may_have_arrived=True,
        ) from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _read(response: "httpx.Response", name: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise BadAnswer(f"{name}: the answer is larger than {LARGEST_ANSWER:,} bytes", may_have_arrived=True)
    return bytes(body)
