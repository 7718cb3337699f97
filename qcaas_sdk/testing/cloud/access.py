"""Who may use a simulated cloud: a token that is known, and tokens that logins give."""

from attrs import define, field


@define
class Access:
    """The door.

    Attributes:
        token: The token of the account.
        email: The account's email.
        password: Its password.
        token_life_s: Virtual seconds until a token expires, the account's own counted from second 0; None for never.
    """

    token: str = field(repr=False)
    email: str
    password: str = field(repr=False)
    token_life_s: float | None
    _born: dict[str, float] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._born[self.token] = 0.0

    def problem(self, token: str | None, now: float) -> dict[str, object] | None:
        """The body of the 401 for a token; None when it is good."""
        if token is None or token not in self._born:
            what = "there is no Authentication-Token header" if token is None else "the token is not known"
            return {"response": {"errors": [what]}}
        if self.token_life_s is not None and now - self._born[token] >= self.token_life_s:
            return {"detail": "the token has expired"}
        return None

    def login(self, email: object, password: object, now: float) -> str | None:
        """A new token; None when there is no such account."""
        if (email, password) != (self.email, self.password):
            return None
        token = f"{self.token}-login-{len(self._born)}"
        self._born[token] = now
        return token
