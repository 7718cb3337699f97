"""Who may use a simulated cloud: a token that is known, and tokens that logins give."""

from collections.abc import Mapping
from math import inf

from attrs import define, field


class Unauthorized(Exception):
    """The token is not good; carries the body of the 401."""

    def __init__(self, body: Mapping[str, object]) -> None:
        super().__init__()
        self.body = body


@define
class Access:
    """The door.

    Attributes:
        token: The token of the account.
        email: The account's email.
        password: Its password.
        token_life_s: Virtual seconds until a token expires, the account's own counted from second 0; None for never.
        api: The version of the API: it decides in which header a token comes.
    """

    token: str = field(repr=False)
    email: str
    password: str = field(repr=False)
    token_life_s: float | None
    api: str = "v3"
    _born: dict[str, float] = field(factory=dict, init=False, repr=False)
    _numbers: int = field(default=0, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._born[self.token] = 0.0

    def problem(self, token: str | None, now: float) -> dict[str, object] | None:
        """The body of the 401 for a token; None when it is good."""
        if token is None or token not in self._born:
            header = "Authorization: Bearer" if self.api == "v4" else "Authentication-Token"
            what = f"there is no {header} header" if token is None else "the token is not known"
            return {"response": {"errors": [what]}}
        if now - self._born[token] >= (inf if self.token_life_s is None else self.token_life_s):
            return {"detail": "the token has expired"}
        return None

    def login(self, email: object, password: object, now: float) -> str | None:
        """A new token; None when there is no such account."""
        if (email, password) != (self.email, self.password):
            return None
        return self.issue(now)

    def issue(self, now: float) -> str:
        """A new token, as a provider of sign-ins gives it."""
        self._numbers += 1
        token = f"{self.token}-login-{self._numbers}"
        self._born[token] = now
        return token

    def expire(self, token: str) -> None:
        """Let a token expire now, if it is known."""
        if token in self._born:
            self._born[token] = -inf

    def revoke(self, token: str | None = None) -> None:
        """Forget a token, or all tokens if none is named."""
        for known in [*self._born] if token is None else [token]:
            self._born.pop(known, None)
