"""The server's limit on a whole request, headers and body."""

import json
from collections.abc import Mapping

from qcaas_sdk.errors import RequestTooLarge
from qcaas_sdk.transport.answers import JsonValue

LARGEST_REQUEST = 128 * 1024
"""Bytes of headers and body."""


def encode(value: JsonValue) -> bytes:
    """JSON as it goes over the wire: compact, UTF-8.

    Raises:
        ValueError: The value holds something that JSON cannot carry.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def check_size(body: bytes, headers: Mapping[str, str], what: str) -> None:
    """Refuse a request that the server would refuse for its size.

    Raises:
        RequestTooLarge: It is over the limit; nothing was sent.
    """
    size = len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())
    if size > LARGEST_REQUEST:
        raise RequestTooLarge(
            f"{what} would be {size:,} bytes; the server takes at most {LARGEST_REQUEST:,} (128 KiB), headers "
            "included: make the program shorter"
        )
