"""A provider of sign-ins: where its endpoints are, and how requests to them look."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote_plus, urlsplit

from attrs import field, frozen

from qcaas_sdk._base.text import one_line
from qcaas_sdk._http import JsonValue, Post
from qcaas_sdk._http.responses import hidden
from qcaas_sdk._http.trusted_hosts import TrustedHosts, checked_base_url
from qcaas_sdk.errors import (
    AuthenticationError,
    BadAnswer,
    InvalidArgument,
    RequestRefused,
    ServerUnavailable,
    SignInFailed,
    UntrustedHost,
)

DISCOVERY = "/.well-known/openid-configuration"

DENIED = "the sign-in was denied in the browser; start again if that was a mistake"

ADVICE = {
    "invalid_client": "check client_id and client_secret",
    "unauthorized_client": "this client may not use this flow: check client_id, or ask the provider's administrator",
    "unsupported_grant_type": "the provider does not offer this flow: pass what another flow needs",
    "invalid_scope": "check scope",
    "invalid_target": "check scope: it names a service that the provider does not know",
    "access_denied": DENIED,
    "authorization_declined": DENIED,
    "expired_token": "the code was not entered in time; start again",
}
"""What to do about the errors of RFC 6749, of RFC 8628 and of Entra."""

PERSON_NEEDED = frozenset({"invalid_grant", "interaction_required", "login_required", "consent_required"})
"""The errors of a renewal that only another sign-in helps against."""

CONFIDENTIAL = ("password", "refresh_token", "device_code", "token")
"""The fields that no message repeats."""

MAX_DESCRIPTION = 300
"""Characters of a provider's reason in a message."""


@frozen
class Endpoints:
    """The addresses of a provider.

    Attributes:
        token: Gives tokens.
        device: Begins the device flow; None if there is none.
        revocation: Revokes tokens; None if there is none.
        basic: Whether the client's secret is sent in a header and not in the form.
    """

    token: str
    device: str | None
    revocation: str | None
    basic: bool = False


@frozen
class Refusal:
    """An error of OAuth.

    Attributes:
        code: The error's code.
        said: What the provider said about it, for people.
    """

    code: str
    said: str


@frozen
class Client:
    """The application that asks for tokens.

    Attributes:
        id: Its id at the provider.
        secret: Its secret; None for a public client.
    """

    id: str
    secret: str | None = field(default=None, repr=False)


class Provider:
    """One provider, and the only place from which client secrets, passwords and refresh tokens are sent.

    Attributes:
        issuer: Its address.
        name: Its host, for messages.
    """

    def __init__(
        self,
        issuer: str,
        client: Client,
        *,
        allowed_hosts: Collection[str] = (),
        known: Endpoints | None = None,
        other_issuers: str | None = None,
        check: str = "issuer",
    ) -> None:
        """Nothing is sent yet.

        Args:
            issuer: Its address.
            client: The application.
            allowed_hosts: Hosts outside the issuer's domain that may be its endpoints.
            known: The endpoints, if they need not be discovered.
            other_issuers: A regular expression of what its discovery document may call itself instead.
            check: The arguments that name it, for messages.

        Raises:
            InvalidArgument: The address is not valid, or would send secrets unencrypted.
        """
        try:
            self.issuer = checked_base_url(issuer)
            self._trusted = TrustedHosts(self.issuer, allowed_hosts)
        except InvalidArgument as error:
            argument = check if error.argument == "url" else error.argument
            about = f"{check}: {error}" if error.argument == "url" else str(error)
            raise InvalidArgument(about, argument=argument) from None
        self.name = urlsplit(self.issuer).netloc
        self._client = client
        self._known = known
        self._issuers = re.compile(
            f"{re.escape(self.issuer)}|{other_issuers}" if other_issuers else re.escape(self.issuer)
        )
        self._check = check

    async def endpoints(self, post: Post) -> Endpoints:
        """Its endpoints; read once from its discovery document.

        Raises:
            SignInFailed: There is no provider at this address.
            BadAnswer: It does not speak OpenID Connect.
            UntrustedHost: It names an endpoint at a host that does not belong to it.
        """
        if self._known is None:
            self._known = await self._discovered(post)
        return self._known

    async def _discovered(self, post: Post) -> Endpoints:
        url = self.issuer + DISCOVERY
        try:
            document = await post.exchange(url, None)
        except (RequestRefused, AuthenticationError) as error:
            raise SignInFailed(
                f"there is no OpenID provider at {self.issuer} ({error.status}); check {self._check}",
                status=error.status,
            ) from None
        if not isinstance(document, dict) or "error" in document:
            raise SignInFailed(f"there is no OpenID provider at {self.issuer}; check {self._check}", status=404)
        told = document.get("issuer")
        if not isinstance(told, str) or not self._issuers.fullmatch(told.rstrip("/")):
            raise SignInFailed(
                f"the provider at {self.issuer} calls itself {one_line(str(told))[:200]!r}, which is another issuer: "
                f"check {self._check}"
            )
        token = self._endpoint(document, "token_endpoint")
        if token is None:
            raise SignInFailed(f"the provider at {self.issuer} has no token endpoint; check {self._check}")
        methods = document.get("token_endpoint_auth_methods_supported")
        listed = methods if isinstance(methods, list) else ["client_secret_basic"]  # the default of OpenID Connect
        return Endpoints(
            token,
            self._endpoint(document, "device_authorization_endpoint"),
            self._endpoint(document, "revocation_endpoint"),
            "client_secret_post" not in listed and "client_secret_basic" in listed,
        )

    def _endpoint(self, document: Mapping[str, JsonValue], name: str) -> str | None:
        url = document.get(name)
        if url is None:
            return None
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise SignInFailed(f"the provider at {self.issuer} names a {name} that is not a URL")
        try:
            self._trusted.check(url)
        except UntrustedHost:
            host = one_line(urlsplit(url).netloc.rpartition("@")[2])[:200]
            raise UntrustedHost(
                f"the provider at {self.name} has its {name} at {host}, which does not belong to it or is not "
                "encrypted; nothing was sent there. If you trust that host, name it in the credential's allowed_hosts"
            ) from None
        return url

    async def send(
        self, post: Post, url: str, form: Mapping[str, str], *, single_attempt: bool = False
    ) -> dict[str, JsonValue] | Refusal:
        """Send a form, with the client's id and secret.

        Raises:
            SignInFailed: It was refused, not in OAuth's form.
            TransportError: There was no usable answer.
        """
        fields = {**form, "client_id": self._client.id}
        basic, secret = None, self._client.secret
        if secret is not None and (await self.endpoints(post)).basic:
            from base64 import b64encode  # noqa: PLC0415  # only where a provider wants it

            pair = f"{quote_plus(self._client.id)}:{quote_plus(secret)}"
            basic = f"Basic {b64encode(pair.encode()).decode()}"
        elif secret is not None:
            fields["client_secret"] = secret
        try:
            answer = await post.exchange(url, fields, basic=basic, single_attempt=single_attempt)
        except (RequestRefused, AuthenticationError) as error:
            raise SignInFailed(
                f"{self.name} refused the request for a token ({error.status}); check {self._check}",
                status=error.status,
            ) from None
        if answer is None:
            return {}
        if not isinstance(answer, dict):
            raise BadAnswer(f"{self.name} answered with something that is not JSON", may_have_arrived=True)
        code = answer.get("error")
        if not isinstance(code, str):
            return answer
        secrets = [secret or "", (basic or "").removeprefix("Basic "), *(form.get(name, "") for name in CONFIDENTIAL)]
        said = one_line(hidden(str(answer.get("error_description") or ""), secrets))  # it may repeat what it got
        refusal = Refusal(one_line(hidden(code, secrets))[:100], said[:MAX_DESCRIPTION])
        if refusal.code in {"server_error", "temporarily_unavailable"}:
            raise ServerUnavailable(
                f"{self.name} is not available ({refusal.code}); try again later", may_have_arrived=False
            )
        return refusal

    def refused(self, refusal: Refusal, what: str, advice: str | None = None) -> SignInFailed:
        """The error for a refusal.

        Args:
            refusal: The refusal.
            what: What was tried.
            advice: What to do about `invalid_grant`.
        """
        said = f": {refusal.said}" if refusal.said else ""
        known = advice if refusal.code == "invalid_grant" else ADVICE.get(refusal.code)
        todo = known or f"check {self._check} and the client"
        return SignInFailed(
            f"{self.name} refused {what} ({refusal.code}{said}); {todo}", code=refusal.code, status=401
        )
