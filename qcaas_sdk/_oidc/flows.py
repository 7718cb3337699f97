"""The flow that follows from what the user passes."""

from typing import Literal, TypeAlias

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

Flow: TypeAlias = Literal["client_credentials", "password", "device"]

FLOWS: tuple[Flow, ...] = ("client_credentials", "password", "device")


def flow_for(
    flow: Flow | None, client_secret: str | None, username: str | None, password: str | None, *, interactive: bool
) -> Flow:
    """The flow of a credential.

    Args:
        flow: The flow, if the user names it.
        client_secret: The client's secret.
        username: The user's name.
        password: The user's password.
        interactive: Whether the device flow is possible.

    Raises:
        InvalidArgument: The arguments do not fit together.
    """
    if password is not None and username is None:
        raise InvalidArgument("password needs username", argument="username")
    given: Flow = "client_credentials" if client_secret is not None else "device"
    given = "password" if password is not None else given
    chosen = given if flow is None else FLOWS[FLOWS.index(arguments.one_of(flow, "flow", FLOWS))]
    needs = {"client_credentials": ("client_secret", client_secret), "password": ("password", password)}
    if chosen in needs and needs[chosen][1] is None:
        raise InvalidArgument(f"the flow {chosen!r} needs {needs[chosen][0]}", argument=needs[chosen][0])
    if chosen == "device" and not interactive:
        raise InvalidArgument(
            "without interactive=True, pass client_secret, or username and password", argument="interactive"
        )
    return chosen


def secret(value: object, argument: str) -> str | None:
    """A secret, which no message shows.

    Raises:
        InvalidArgument: It is not text, or is empty.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{argument} must be text that is not empty", argument=argument)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"{argument} contains half of a surrogate pair", argument=argument) from None
    return value
