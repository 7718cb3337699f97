"""httpx URLs, without parsing the same scheme and host again for every request."""

import re
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", re.ASCII)
"""Paths that httpx neither quotes nor normalises."""

MAX_ORIGINS = 1000
"""The most hosts that are kept parsed."""


class UrlCache:
    """Parses the part before the path once per host, which is most of the cost of a request's URL.

    Attributes:
        origins: The parsed parts, by their text.
    """

    def __init__(self) -> None:
        self.origins: dict[str, httpx.URL] = {}

    def url(self, text: str) -> "httpx.URL":
        """As `httpx.URL(text)`.

        Raises:
            httpx.InvalidURL: It is not a URL.
        """
        import httpx  # noqa: PLC0415  # loaded when the transport was opened

        begin = text.find("/", len("https://"))
        if begin < 0 or not _PLAIN_PATH.fullmatch(text, begin):
            return httpx.URL(text)
        origin = self.origins.get(text[:begin])
        if origin is None:
            if len(self.origins) >= MAX_ORIGINS:
                self.origins.clear()
            origin = self.origins[text[:begin]] = httpx.URL(text[:begin])
        url = copy(origin)
        # httpx has no public way to change the path without parsing everything again; a test compares both.
        url._uri_reference = origin._uri_reference._replace(path=text[begin:])
        return url
