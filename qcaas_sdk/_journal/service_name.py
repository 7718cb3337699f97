"""What a journal calls the service that its task ids belong to."""

EMBEDDED = "embedded"
"""The embedded QPU."""

EMBEDDED_URL = "https://embedded-qpu.invalid"
"""The URL of an SDK on the embedded QPU. No host can have a name that ends in `.invalid` (RFC 2606)."""

_NAMES = {EMBEDDED_URL: EMBEDDED}


def service_name(url: str) -> str:
    """The name of the service at a URL: the URL itself, except for the embedded QPU."""
    return _NAMES.get(url, url)
