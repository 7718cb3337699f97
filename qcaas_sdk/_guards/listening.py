"""A socket that listens, for the servers of this package."""

import socket

from qcaas_sdk.errors import QcaasError


def listening(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket that listens, and its URL without a path.

    Args:
        host: The address.
        port: The port; 0 picks a free one.

    Raises:
        QcaasError: It cannot listen on that address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise QcaasError(
            f"cannot listen on {host} port {port}: {error}; choose another port, or 0 for any"
        ) from error
    shown_host = f"[{host}]" if family == socket.AF_INET6 else host
    return listener, f"http://{shown_host}:{listener.getsockname()[1]}"
