"""Tokens, and what they say about their owner."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen

from qcaas_sdk._http import JsonValue
from qcaas_sdk.errors import BadAnswer

CLOCK_STEP_S = 5.0
"""Seconds by which a clock may be set back before the age of kept tokens is not believed any more."""

MAX_LEEWAY_S = 30.0
"""A token is renewed this many seconds before it expires, or after 80 % of its life if that is later."""


@frozen
class Tokens:
    """One answer of a token endpoint.

    Attributes:
        access_token: Authenticates requests.
        refresh_token: Gets the next tokens; None if the provider gave none.
        id_token: Says who signed in; None if the provider gave none.
        obtained_at: When they were requested, in UTC.
        expires_in_s: Seconds that the access token lives, counted from then; infinite if the provider did not say.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)
    obtained_at: datetime
    expires_in_s: float

    def left_s(self, now: datetime) -> float:
        """Seconds until the access token expires; 0 if this machine's clock was set back since."""
        age = (now - self.obtained_at).total_seconds()
        return 0.0 if age < -CLOCK_STEP_S else self.expires_in_s - max(age, 0.0)

    @property
    def leeway_s(self) -> float:
        """How many seconds before its end the access token is renewed."""
        return min(MAX_LEEWAY_S, 0.2 * self.expires_in_s)


@frozen
class Identity:
    """A sign-in, without its tokens.

    Attributes:
        issuer: The provider.
        client_id: The application that is registered there.
        user: Who signed in, as the provider calls them; None if it does not say, or an application signed in itself.
        scope: The scope that was asked for.
        expires_at: When the access token expires, in UTC; None if the provider did not say.
        renewable: Whether it can be renewed without you.
    """

    issuer: str
    client_id: str
    user: str | None
    scope: str
    expires_at: datetime | None
    renewable: bool


def tokens_from(answer: Mapping[str, JsonValue], at: datetime, provider: str, before: Tokens | None) -> Tokens:
    """The tokens in an answer.

    Args:
        answer: The answer of the token endpoint.
        at: When it was requested.
        provider: Its name, for messages.
        before: The tokens that are renewed: what the answer leaves out stays valid (RFC 6749, section 6).

    Raises:
        BadAnswer: It has no bearer token.
    """
    access = _token(answer.get("access_token"))
    kind = answer.get("token_type")
    if access is None or (isinstance(kind, str) and kind.lower() != "bearer"):
        raise BadAnswer(
            f"{provider} accepted the sign-in but sent no bearer token; ask its administrator", may_have_arrived=True
        )
    return Tokens(
        access,
        _token(answer.get("refresh_token")) or (before.refresh_token if before else None),
        _token(answer.get("id_token")) or (before.id_token if before else None),
        at,
        _seconds(answer.get("expires_in")),
    )


def _token(value: object) -> str | None:
    usable = isinstance(value, str) and value and value.isascii() and value.isprintable() and " " not in value
    return value if usable and isinstance(value, str) else None


def _seconds(value: object) -> float:
    """A lifetime; some providers send it as text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.inf
    except (ValueError, OverflowError):
        return math.inf
    return max(seconds, 0.0) if not math.isnan(seconds) else math.inf


def claims(token: str | None) -> Mapping[str, Any]:
    """What a JWT says, unverified and for display only; empty if it is something else."""
    from base64 import urlsafe_b64decode  # noqa: PLC0415  # only where a JWT is read

    parts = (token or "").split(".")
    if len(parts) != 3:
        return {}
    try:
        value = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def names_of(tokens: Tokens) -> list[str]:
    """What the tokens call their user, the best name first; empty if they do not say."""
    told = {**claims(tokens.access_token), **claims(tokens.id_token)}
    found = (told.get(name) for name in ("preferred_username", "email", "upn", "name", "sub"))
    return [name for name in found if isinstance(name, str) and name]


def expiry(tokens: Tokens) -> datetime | None:
    """When the access token expires, in UTC; None if that is not known."""
    try:
        return tokens.obtained_at.astimezone(UTC) + timedelta(seconds=tokens.expires_in_s)
    except OverflowError:
        return None


def hint_about(tokens: Tokens) -> str:
    """What may be wrong with a new token that the service refuses."""
    told = claims(tokens.access_token)
    found = ["check that the scope asks for access to this service"]
    audience = told.get("aud")
    if isinstance(audience, str | list):
        named = ", ".join(map(str, audience)) if isinstance(audience, list) else audience
        found = [f"the token is for the audience {named[:200]!r}: check that the scope asks for this service"]
    begin = told.get("iat")
    if isinstance(begin, int | float) and math.isfinite(begin):
        off = tokens.obtained_at.timestamp() - begin
        if abs(off) > 60.0:
            found.append(f"this machine's clock and the provider's differ by {off / 3600:.2g} h: check the clocks")
    return "; ".join(found)
