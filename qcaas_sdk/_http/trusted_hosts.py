"""The hosts that a credential may be sent to."""

import ipaddress
import re
from collections.abc import Collection
from functools import cache
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.own_hosts import is_loopback
from qcaas_sdk.errors import InvalidArgument, UntrustedHost

MAX_SHOWN = 80
"""Characters of a URL in a message."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[?#]")
_NO_PORT = re.compile(r":(?!//)(?!\d{1,5}(?:/|$)).*", re.DOTALL)
_NOWHERE = SplitResult("", "", "", "", "")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)


def checked_base_url(url: str) -> str:
    """The URL of the service, without a slash at its end.

    Raises:
        InvalidArgument: It is not an http(s) URL of a host and at most a path. The message does not contain a
            possible password.
    """
    if not isinstance(url, str):
        raise InvalidArgument(
            f"the URL must be text such as 'https://cloud.example.org', not {type(url).__name__}", argument="url"
        )
    url = url.strip()
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:  # its text would repeat the URL
        parts, port_is_fine = _NOWHERE, False
    if parts.scheme not in {"http", "https"} or not _is_host(parts.hostname) or not port_is_fine:
        raise InvalidArgument(
            "the URL must look like 'https://host' or 'http://localhost:8000' (write a host with non-ASCII letters "
            f"in its 'xn--' form), not {shown_url(url)!r}",
            argument="url",
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidArgument(
            f"the URL of {parts.hostname} contains a user name: leave it out and pass a credential instead",
            argument="url",
        )
    if "?" in url or "#" in url:
        raise InvalidArgument(
            f"the URL of {parts.hostname} has a query or a fragment: leave it out",
            argument="url",
        )
    return url.rstrip("/")


def shown_url(url: str) -> str:
    """A URL for a message: what may be a user name, a password or a token is left out, also if it is not a URL."""
    scheme = _SCHEME.match(url.strip())
    begin = scheme[0] if scheme else ""
    rest = url.strip()[len(begin) :]
    before, sign, rest = rest.rpartition("@") if "@" in rest else ("", "", rest)
    if sign and _AFTER_PATH.search(before):  # where the host begins is not sure
        return f"{begin}…"
    rest = _NO_PORT.sub(":…", _AFTER_PATH.split(rest)[0], count=1)
    return f"{begin}{rest[:MAX_SHOWN]}{'…' if len(rest) > MAX_SHOWN else ''}"


class TrustedHosts:
    """The hosts that may get the credential: the service's, related hosts, and those that the user allowed.

    A host is related if it is on the same registrable domain (Public Suffix List). Loopback hosts are related to each
    other. If the service uses https, so must the QPUs.
    """

    def __init__(self, base_url: str, allowed_hosts: Collection[str]) -> None:
        base = urlsplit(base_url)
        self._host = base.hostname or ""
        self._encrypted = base.scheme == "https"
        self._trusted: set[str] = set()  # scheme, host and port, in the spelling that was checked
        expected = "bare host names such as 'qpu.example.org'"
        try:
            listed: list[Any] = [allowed_hosts] if isinstance(allowed_hosts, str) else list(allowed_hosts)
        except TypeError:
            raise arguments.wrong("allowed_hosts", expected, allowed_hosts) from None
        if not all(isinstance(host, str) for host in listed):
            raise arguments.wrong("allowed_hosts", expected, allowed_hosts)
        self._allowed = frozenset(host.strip().lower().removeprefix("[").removesuffix("]") for host in listed)
        if odd := sorted(host for host in self._allowed if not _is_host(host)):
            raise InvalidArgument(f"allowed_hosts takes {expected}, not {odd[0]!r}", argument="allowed_hosts")
        if not self._encrypted and not is_loopback(self._host) and self._host not in self._allowed:
            raise InvalidArgument(
                f"http://{self._host} would send the credential unencrypted: use https://, or pass "
                f"allowed_hosts=[{self._host!r}] if you trust that network",
                argument="url",
            )

    def check(self, url: str) -> None:
        """Refuse a URL that must not get the credential.

        Raises:
            UntrustedHost: It must not get the credential; nothing was sent.
        """
        origin = url[: url.find("/", len("https://"))]
        if origin in self._trusted:
            return
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            parts, host = _NOWHERE, ""
        if parts.scheme not in {"http", "https"} or not _is_host(host) or parts.username is not None:
            raise UntrustedHost("the service lists a QPU whose URL is not a plain http(s) URL; nothing was sent")
        if host not in self._allowed and not self._is_kin(host):
            raise UntrustedHost(
                f"the service lists a QPU at {host}, which does not belong to {self._host}: the credential was not "
                f"sent there. If you trust that host, pass allowed_hosts=[{host!r}]"
            )
        if self._encrypted and parts.scheme != "https":
            raise UntrustedHost(
                f"the service at {self._host} uses https, but the QPU at {host} uses http: the credential was not "
                "sent unencrypted"
            )
        self._trusted.add(f"{parts.scheme}://{parts.netloc}")

    def _is_kin(self, host: str) -> bool:
        if host == self._host or (is_loopback(host) and is_loopback(self._host)):
            return True
        mine, other = _registrable_domain(self._host), _registrable_domain(host)
        return mine is not None and mine == other


def _is_host(host: str | None) -> bool:
    """Whether the host is unambiguous for every URL parser: an IP address, or a plain ASCII name."""
    if not host or _HOST_NAME.fullmatch(host):
        return bool(host)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


class _SuffixList(Protocol):
    def privatesuffix(self, domain: str) -> str | None: ...


@cache
def _suffix_list() -> _SuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  # reads a long list

    suffixes: _SuffixList = PublicSuffixList(accept_unknown=False)
    return suffixes


def _registrable_domain(host: str) -> str | None:
    """The registrable domain, for example `example.co.uk`; None for an IP address, a bare name or a public suffix."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _suffix_list().privatesuffix(host.lower().rstrip("."))
    return None
