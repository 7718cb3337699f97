"""The server's limit on a whole request, headers and body."""

import json
from typing import TYPE_CHECKING

from qcaas_sdk._http.json_decoding import JsonValue
from qcaas_sdk.errors import RequestTooLarge

if TYPE_CHECKING:
    import httpx

MAX_REQUEST = 128 * 1024
"""Bytes of request line, headers and body."""

MAX_BODY = MAX_REQUEST - 8 * 1024
"""The most bytes of a batch, so that its headers, and the JSON around its list, fit too."""


def encode(value: JsonValue) -> bytes:
    """The JSON text of a value: compact, UTF-8.

    Raises:
        ValueError: JSON cannot represent the value.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def measured(wire: "httpx.Request") -> int:
    """The bytes of a request with its headers."""
    line = len(wire.method) + len(wire.url.raw_path) + len("  HTTP/1.1\r\n\r\n")
    return line + sum([len(name) + len(value) + 4 for name, value in wire.headers.raw]) + len(wire.content)


def check_size(wire: "httpx.Request", what: str) -> None:
    """Refuse a request that the server would refuse for its size.

    Raises:
        RequestTooLarge: It is over the limit; nothing was sent.
    """
    size = measured(wire)
    if size > MAX_REQUEST:
        raise RequestTooLarge(
            f"{what} has {size:,} bytes; the server accepts at most {MAX_REQUEST:,} (128 KiB), including headers. "
            "Make the program shorter"
        )
