"""Errors of requests: the service refused, was not reached, or gave no usable answer."""

from collections.abc import Sequence

from qcaas_sdk.errors.base import QcaasError


class NotInThisApi(QcaasError):
    """The service's version of the API does not have this call; the message says what to use instead.

    Attributes:
        api: The version, for example "v4".
    """

    def __init__(self, message: str, *, api: str) -> None:
        super().__init__(message)
        self.api = api


class AuthenticationError(QcaasError):
    """The server refused the credential.

    Attributes:
        status: 401 if the credential is wrong or expired, 403 if it is not allowed to do this; None if the service
            gave no HTTP status.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SignInRequired(AuthenticationError):
    """Nobody is signed in, or the sign-in has ended. Run `qcaas login`, or call `await sdk.sign_in()`."""


class SignInFailed(AuthenticationError):
    """The provider refused to give a token.

    Attributes:
        code: The provider's error code, for example `invalid_client` or `access_denied`; empty if there is none.
    """

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.code = code


class TokenCacheError(QcaasError):
    """Tokens cannot be read from or written to this machine; nothing was requested with them.

    Attributes:
        file: The path of the file or folder, or "keyring".
    """

    def __init__(self, message: str, *, file: str) -> None:
        super().__init__(f"the token cache {file}: {message}")
        self.file = file


class RequestRefused(QcaasError):
    """The server refused the request and did nothing.

    Attributes:
        status: The HTTP status; None if the SDK refused the request before sending it.
        messages: The server's messages, one string per error; empty if the answer was a web page or plain text.
        in_the_services_form: Whether the answer has the format of the service's own errors
            (`{"response": {"errors": …}}`). A proxy does not answer in this format.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        messages: Sequence[str] = (),
        in_the_services_form: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.messages = tuple(messages)
        self.in_the_services_form = in_the_services_form

    @property
    def speaks_of_the_content(self) -> bool:
        """Whether the content of the request is wrong, and not the account or the URL (401, 403, 404, 405 …)."""
        return self.status in {400, 409, 413, 422}

    @property
    def says_unknown(self) -> bool:
        """Whether the server says, in its own message, that it does not know what the request names (404, 410)."""
        return self.status in {404, 410} and bool(self.messages)


class RequestTooLarge(RequestRefused):
    """The request is over the server's size limit; it was not sent."""

    speaks_of_the_content = True


class UntrustedHost(RequestRefused):
    """The credential may not be sent to this host, because you have not allowed it; nothing was sent."""


class TransportError(QcaasError):
    """There was no usable answer.

    Attributes:
        may_have_arrived: True if the server may have acted on the request; False if it certainly has not.
        status: The HTTP status of the last answer, if there was one.
        retry_after_s: Seconds that the server asked to wait, if it did.
        temporary: False if you must change something before another attempt can succeed, for example because a
            certificate does not verify or a proxy refuses.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_arrived: bool,
        status: int | None = None,
        retry_after_s: float | None = None,
        temporary: bool = True,
    ) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.may_have_arrived = may_have_arrived
        self.status = status
        self.retry_after_s = retry_after_s


class ServerUnreachable(TransportError):
    """There was no connection. The server has not seen the last attempt; see `may_have_arrived` for all attempts."""

    def __init__(self, message: str, *, temporary: bool = True) -> None:
        super().__init__(message, may_have_arrived=False, temporary=temporary)


class ServerUnavailable(TransportError):
    """The server answered 408 or 5xx, or its answer was late or incomplete."""


class RateLimited(TransportError):
    """The server answered 429 for longer than this request may wait. The last attempt had no effect."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, may_have_arrived=False, status=429, retry_after_s=retry_after_s)


class BadAnswer(TransportError):
    """The answer breaks the QCaaS contract: it is HTML, truncated or too large, or a field is missing."""
