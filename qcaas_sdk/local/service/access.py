"""Authentication: the tokens of the settings, and tokens from a login."""

import secrets
from enum import Enum, auto

from qcaas_sdk._base.clock import Clock
from qcaas_sdk.local.settings import LocalSettings


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
        self._issued: dict[str, float] = {}

    def check(self, token: str | None) -> Verdict:
        """Whether a request with this token is accepted."""
        if not token:
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
        for given, wanted in ((email, self._settings.email), (password, self._settings.password)):
            if not given or (wanted is not None and not _same(given, wanted)):
                return None
        token = secrets.token_urlsafe(24)
        self._issued[token] = self._clock.monotonic()
        return token


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())
