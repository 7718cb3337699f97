"""The device flow (RFC 8628): a code that you enter in a browser, here or on another device."""

import math
from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from qcaas_sdk._base.text import one_line
from qcaas_sdk._http import JsonValue, Post
from qcaas_sdk._oidc.provider import Provider, Refusal
from qcaas_sdk.errors import BadAnswer, SignInFailed, TransportError

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_INTERVAL_S = 5.0
"""Seconds between two questions if the provider does not say (RFC 8628, section 3.2)."""
SLOWER_S = 5.0
"""Seconds that `slow_down` adds to the interval, for good."""

MAX_EXPIRES_S = 3600.0
"""Seconds that a code is waited for at most, whatever the provider says."""


@frozen
class DeviceCode:
    """What you need to sign in.

    Attributes:
        user_code: The code to enter.
        verification_uri: Where to enter it.
        verification_uri_complete: The same address with the code in it; None if the provider gives none.
        expires_in_s: Seconds that the code is valid.
    """

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in_s: float


Prompt: TypeAlias = Callable[[DeviceCode], object]
"""Shows a code to the user. It may be a coroutine function."""


async def device_sign_in(
    provider: Provider, post: Post, form: Mapping[str, str], prompt: Prompt
) -> dict[str, JsonValue]:
    """Ask for a code, show it, and wait until it is entered.

    Args:
        provider: The provider.
        post: Sends the requests.
        form: The fields that every request has.
        prompt: Shows the code.

    Returns:
        The answer with the tokens.

    Raises:
        SignInFailed: The provider refuses, the user denies, or the code expires.
        TransportError: The provider cannot be used.
    """
    endpoints = await provider.endpoints(post)
    if endpoints.device is None:
        raise SignInFailed(f"{provider.name} has no device flow: pass client_secret, or username and password")
    answer = await provider.send(post, endpoints.device, form)
    if isinstance(answer, Refusal):
        raise provider.refused(answer, "to begin a sign-in")
    begin = post.clock.monotonic()
    code, interval = _code(answer, provider), _interval(answer)
    if isawaitable(shown := prompt(code)):
        await shown
    fields = {**form, "grant_type": GRANT, "device_code": _text(answer, "device_code", provider)}
    while post.clock.monotonic() + interval < begin + code.expires_in_s:
        await post.clock.sleep(interval)
        try:
            answer = await provider.send(post, endpoints.token, fields, single_attempt=True)
        except TransportError as error:
            if not error.temporary:
                raise
            interval *= 2.0  # RFC 8628, section 3.5
            continue
        if not isinstance(answer, Refusal):
            return answer
        if answer.code == "slow_down":
            interval += SLOWER_S
        elif answer.code != "authorization_pending":
            raise provider.refused(answer, "the sign-in")
    raise provider.refused(Refusal("expired_token", ""), "the sign-in")


def _code(answer: Mapping[str, JsonValue], provider: Provider) -> DeviceCode:
    complete = answer.get("verification_uri_complete")
    where = "verification_uri" if "verification_uri" in answer else "verification_url"  # an older draft's
    return DeviceCode(
        one_line(_text(answer, "user_code", provider))[:100],
        _address(_text(answer, where, provider), provider),
        _address(complete, provider) if isinstance(complete, str) else None,
        min(_number(answer.get("expires_in"), MAX_EXPIRES_S), MAX_EXPIRES_S),
    )


def _interval(answer: Mapping[str, JsonValue]) -> float:
    return max(_number(answer.get("interval"), DEFAULT_INTERVAL_S), 0.1)


def _number(value: JsonValue, default: float) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if usable and isinstance(value, int | float) else default


def _text(answer: Mapping[str, JsonValue], name: str, provider: Provider) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise BadAnswer(f"{provider.name} began the sign-in without a {name}", may_have_arrived=True)
    return value


def _address(url: str, provider: Provider) -> str:
    """An address that can be shown: a provider must not write to the terminal, or name a `javascript:` URL."""
    try:
        usable = urlsplit(url).scheme in {"http", "https"} and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable:
        raise BadAnswer(f"{provider.name} names an address for the sign-in that is not a URL", may_have_arrived=True)
    return url[:2000]
