"""Which host names a server of this package accepts as its own.

A web page can make a browser connect to this machine under the page's own host name (DNS rebinding). The browser then
sends that name in the Host header, so a server that accepts only its own names is safe.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

_PORT = re.compile(r":\d{0,5}\Z")
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # addresses to listen on, not to connect to


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on that host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def name_in(host_header: str) -> str:
    """The name or address in a Host header, without its port, in lower case."""
    host = _PORT.sub("", host_header.strip()).lower()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


class OwnHosts:
    """The loopback names and addresses, the address that a client connected to, and the given names."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Accept some more names.

        Args:
            names: They have no port. An address that means all addresses is left out.
        """
        self._names = frozenset(map(name_in, names)) - _WILDCARDS

    def accept(self, host_header: str, server: tuple[Any, ...] | None) -> bool:
        """Whether a request is for this server.

        Args:
            host_header: Its Host header.
            server: The address and port that the client connected to (ASGI's `server`), if that is known.
        """
        name = name_in(host_header)
        return is_loopback(name) or name in self._names or (server is not None and name == server[0])
