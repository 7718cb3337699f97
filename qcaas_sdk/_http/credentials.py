"""The user's credential."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar, runtime_checkable

from attrs import define, field, frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._http.json_decoding import JsonValue
from qcaas_sdk.errors import AuthenticationError, BadAnswer, InvalidArgument, QcaasError, RequestRefused

T = TypeVar("T")

HEADER = "Authentication-Token"


class Post(Protocol):
    """Sends the requests of a login, which carry no credential. Messages contain nothing of bodies and answers."""

    @property
    def clock(self) -> Clock:
        """The source of time."""
        ...

    async def __call__(self, path: str, body: dict[str, str], /) -> JsonValue:
        """Send one JSON request to the service, without retries; the request behind the login is repeated.

        Args:
            path: The path.
            body: The body.
        """
        ...

    async def exchange(
        self, url: str, form: Mapping[str, str] | None, *, basic: str | None = None, single_attempt: bool = False
    ) -> JsonValue:
        """Send a request to any host, with retries. The caller has checked that the host may get it.

        Args:
            url: The full URL.
            form: The fields of a POST; None for a GET.
            basic: The `Authorization` header, if there is one.
            single_attempt: Whether it is never repeated.

        Returns:
            The answer. A refusal in OAuth's form (`{"error": …}`) is an answer too.
        """
        ...

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run a coroutine that goes on when the request behind it is cancelled. Closing the client waits for it."""
        ...


class Credential(Protocol):
    """What the HTTP client needs of a credential."""

    async def headers(self, post: Post) -> Mapping[str, str]:
        """The headers that authenticate the user.

        Args:
            post: For a credential that has to log in first.

        Raises:
            AuthenticationError: The service refuses it.
        """
        ...

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Called when the service has refused these headers. Returns whether new ones may help."""
        ...


@runtime_checkable
class Advises(Protocol):
    """A credential that can say why its headers were refused."""

    def advice(self) -> str:
        """What to do about the refusal, as the end of a sentence."""
        ...


def _text(value: object, argument: str) -> str:
    """Text that is not empty. Messages do not contain it."""
    what = argument.replace("_", " ")
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"the {what} must be text that is not empty", argument=argument)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(
            f"the {what} contains half of a surrogate pair, which is not a character", argument=argument
        ) from None
    return value


def _token(value: object) -> str:
    text = _text(value, "authentication_token").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise InvalidArgument(
            "the authentication token contains characters that are not allowed in a token, for example a line break: "
            "copy it again",
            argument="authentication_token",
        )
    return text


def _email(value: object) -> str:
    return _text(value, "email")


def _given_password(value: object) -> str:
    return _text(value, "password")


@frozen
class TokenCredential:
    """A token of the user's account.

    Attributes:
        token: The token; never shown.
    """

    token: str = field(repr=False, converter=_token)

    async def headers(self, post: Post) -> Mapping[str, str]:
        """The token, as it is."""
        return {HEADER: self.token}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """A token cannot be renewed from here."""
        return False


@frozen
class BearerCredential:
    """A token as an API gateway (v4) expects it.

    Attributes:
        token: The token; never shown.
    """

    token: str = field(repr=False, converter=_token)

    async def headers(self, post: Post) -> Mapping[str, str]:
        """The token, as it is."""
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """A token cannot be renewed from here."""
        return False


@define
class PasswordCredential:
    """An account's email and password, exchanged for a token when the first request needs one."""

    email: str = field(converter=_email)
    _password: str = field(repr=False, converter=_given_password)
    _token: str | None = field(default=None, init=False, repr=False, eq=False)
    _lock: asyncio.Lock | None = field(default=None, init=False, repr=False, eq=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False, eq=False)

    async def headers(self, post: Post) -> Mapping[str, str]:
        """The token from the login; concurrent calls share one login.

        Raises:
            AuthenticationError: The service refuses email and password.
            BadAnswer: Its answer has no token.
        """
        if self._token is not None:
            return {HEADER: self._token}
        async with self._one_at_a_time():
            if self._token is None:
                self._token = await self._log_in(post)
            return {HEADER: self._token}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget a refused token, so that the next request logs in again."""
        if refused.get(HEADER) == self._token:
            self._token = None
        return True

    def _one_at_a_time(self) -> asyncio.Lock:
        """A lock of the running loop: a credential may outlive one `asyncio.run`."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._lock, self._loop = asyncio.Lock(), loop
        return self._lock

    async def _log_in(self, post: Post) -> str:
        with suppress(QcaasError):  # there may be no session to log out of
            await post("/admin/logout", {})
        try:
            answer = await post(
                "/admin/login?include_auth_token=true", {"email": self.email, "password": self._password}
            )
        except (RequestRefused, AuthenticationError) as error:
            said = "; ".join(error.messages) if isinstance(error, RequestRefused) else ""
            raise AuthenticationError(
                f"the service refused the login of {self.email}: {said or error}; check email and password",
                status=error.status,
            ) from None
        for key in ("response", "user", "authentication_token"):
            answer = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(answer, str):
            raise BadAnswer("the service accepted the login but sent no token", may_have_arrived=True)
        try:
            return _token(answer)
        except ValueError as error:
            raise BadAnswer(f"the service's login: {error}", may_have_arrived=True) from None


def credential_from(token: str | None, email: str | None, password: str | None) -> Credential:
    """The credential for the user's arguments.

    Raises:
        InvalidArgument: There is no credential, or more than one.
    """
    if token is not None and (email is not None or password is not None):
        raise InvalidArgument(
            "pass either authentication_token, or email and password; not both", argument="authentication_token"
        )
    if token is not None:
        return TokenCredential(token)
    if email is None or password is None:
        raise InvalidArgument(
            "a credential is needed: pass authentication_token=…, or email=… and password=…, or for a sign-in "
            "credential=KeycloakCredential(…) or another; from_env takes OQC_AUTHENTICATION_TOKEN or the variables "
            "of a sign-in. OqcSdk.local() needs none",
            argument="credential",
        )
    return PasswordCredential(email, password)


def for_gateway(credential: Credential) -> Credential:
    """The credential as an API gateway (v4) expects it.

    Raises:
        InvalidArgument: It is an email and a password, with which nobody can log in there.
    """
    if isinstance(credential, PasswordCredential):
        raise InvalidArgument(
            "a service with API v4 has no login by email and password: sign in with OpenID Connect (credential=…), "
            "or pass an access token as authentication_token=…",
            argument="email",
        )
    return BearerCredential(credential.token) if isinstance(credential, TokenCredential) else credential
