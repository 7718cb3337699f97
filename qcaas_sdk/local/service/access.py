"""Authentication: the tokens of the settings, and tokens from a login."""

import secrets
from collections import OrderedDict
from enum import Enum, auto

from qcaas_sdk._base.clock import Clock
from qcaas_sdk.local.settings import LocalSettings

MAX_TOKENS = 10_000
"""Tokens of each kind that are kept. Then the oldest is forgotten, as if it had never been issued."""


class Verdict(Enum):
    """Whether a token is accepted."""

    ACCEPTED = auto()
    EXPIRED = auto()
    REJECTED = auto()


class Access:
    """Checks tokens and issues them."""

    def __init__(self, settings: LocalSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._issued: OrderedDict[str, float] = OrderedDict()
        self._refresh_tokens: OrderedDict[str, None] = OrderedDict()
        self._revoked: set[str] = set()

    @property
    def life_s(self) -> float | None:
        """How long a token from a login is accepted; None for ever."""
        return self._settings.token_life_s

    def check(self, token: str | None) -> Verdict:
        """Whether a request with this token is accepted."""
        if not token or token in self._revoked:
            return Verdict.REJECTED
        if token in self._settings.expired_tokens:
            return Verdict.EXPIRED
        if token in self._issued:
            life_s = self._settings.token_life_s
            expired = life_s is not None and self._clock.monotonic() - self._issued[token] >= life_s
            return Verdict.EXPIRED if expired else Verdict.ACCEPTED
        accepted = self._settings.token is None or _same(token, self._settings.token)
        return Verdict.ACCEPTED if accepted else Verdict.REJECTED

    def login(self, email: str, password: str) -> str | None:
        """A new token; None if the settings name another account."""
        return self.issue() if self.knows(email, password) else None

    def knows(self, email: str, password: str) -> bool:
        """Whether the settings accept this account."""
        return all(
            given and (wanted is None or _same(given, wanted))
            for given, wanted in ((email, self._settings.email), (password, self._settings.password))
        )

    def issue(self) -> str:
        """A new token."""
        token = secrets.token_urlsafe(24)
        self._issued[token] = self._clock.monotonic()
        if len(self._issued) > MAX_TOKENS:
            self._revoked.discard(self._issued.popitem(last=False)[0])
        return token

    def issue_refresh_token(self) -> str:
        """A new refresh token."""
        token = secrets.token_urlsafe(24)
        self._refresh_tokens[token] = None
        if len(self._refresh_tokens) > MAX_TOKENS:
            self._refresh_tokens.popitem(last=False)
        return token

    def is_refresh_token(self, token: str) -> bool:
        """Whether a refresh token is accepted."""
        return token in self._refresh_tokens

    def revoke(self, token: str) -> None:
        """Accept a token no more."""
        if token in self._issued:
            self._revoked.add(token)
        self._refresh_tokens.pop(token, None)


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())
