"""`OidcCredential`: access tokens from an OpenID Connect provider, renewed before they expire."""

import asyncio
import math
import sys
from collections.abc import Collection, Mapping
from copy import copy
from pathlib import Path

from attrs import evolve, field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk._http import Post
from qcaas_sdk._http.tracebacks import without_frames
from qcaas_sdk._oidc import prompt as prompts
from qcaas_sdk._oidc.cache import CacheKey, cache_for
from qcaas_sdk._oidc.device import Prompt, device_sign_in
from qcaas_sdk._oidc.flows import Flow, flow_for, secret
from qcaas_sdk._oidc.provider import PERSON_NEEDED, Client, Endpoints, Provider, Refusal
from qcaas_sdk._oidc.tokens import Identity, Tokens, expiry, hint_about, names_of, tokens_from
from qcaas_sdk.errors import (
    InvalidArgument,
    QcaasError,
    SdkNotOpen,
    ServerUnavailable,
    SignInFailed,
    SignInRequired,
)

HEADER = "Authorization"


@frozen
class _Held:
    """The tokens in use. The times are seconds of the monotonic clock."""

    tokens: Tokens
    headers: Mapping[str, str] = field(repr=False)
    renew_at: float
    ends_at: float


class OidcCredential:
    """Signs in at any OpenID Connect provider that has a discovery document.

    The flow follows from what you pass: `username` and `password`, or `client_secret` alone (client credentials), or
    neither (device flow: you enter a code in a browser). Access tokens are renewed before they expire, once for all
    requests that need it. A request never starts a device flow: `await sdk.sign_in()` and `qcaas login` do.

    Attributes:
        issuer: The address of the provider.
        client_id: The application that is registered there.
        flow: "client_credentials", "password" or "device".
        scope: The scope that is asked for.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        scope: str | None = None,
        interactive: bool = True,
        flow: Flow | None = None,
        cache: bool | str | Path = True,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """Nothing is sent yet.

        Args:
            issuer: The address of the provider, without `/.well-known/openid-configuration`.
            client_id: The application that is registered there.
            client_secret: Its secret.
            username: The user's name. In the device flow, nobody else can sign in then.
            password: The user's password.
            scope: The scope; by default "openid", and "openid offline_access" in the device flow.
            interactive: Whether the device flow is possible.
            flow: The flow, if it does not follow from the other arguments.
            cache: Where tokens are kept: True for the state directory of your account (or `OQC_OIDC_CACHE_ROOT`),
                a folder, "keyring" for the keyring of the system (extra `keyring`), or False for memory only.
            allowed_hosts: Hosts outside the issuer's domain that may be endpoints of the provider.

        Raises:
            InvalidArgument: An argument is not valid, or they do not fit together.
            MissingExtra: `cache="keyring"`, and the extra `keyring` is not installed.
        """
        self._set_up(
            issuer,
            client_id,
            client_secret,
            username,
            password,
            scope,
            interactive=interactive,
            flow=flow,
            cache=cache,
            allowed_hosts=allowed_hosts,
        )

    def _set_up(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        username: str | None,
        password: str | None,
        scope: str | None,
        *,
        interactive: bool,
        flow: Flow | None,
        cache: bool | str | Path,
        allowed_hosts: Collection[str] = (),
        known: Endpoints | None = None,
        other_issuers: str | None = None,
        check: str = "issuer",
    ) -> None:
        client = Client(arguments.text(client_id, "client_id"), secret(client_secret, "client_secret"))
        self._username = None if username is None else arguments.text(username, "username")
        self._password = secret(password, "password")
        self._provider = Provider(
            issuer, client, allowed_hosts=allowed_hosts, known=known, other_issuers=other_issuers, check=check
        )
        self.issuer = self._provider.issuer
        self.client_id = client.id
        interactive = arguments.flag(interactive, "interactive")
        self.flow = flow_for(flow, client.secret, self._username, self._password, interactive=interactive)
        default = "openid offline_access" if self.flow == "device" else "openid"
        self.scope = default if scope is None else arguments.text(scope, "scope", empty=True)
        self._cache = cache_for(cache, CacheKey(self.issuer, client.id, self._username or "", self.scope, self.flow))
        self._held: _Held | None = None
        self._flight: asyncio.Task[_Held] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(issuer={self.issuer!r}, client_id={self.client_id!r}, flow={self.flow!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise InvalidArgument("a credential cannot be copied or pickled; make another one", argument="credential")

    # What the HTTP client calls.

    async def headers(self, post: Post) -> Mapping[str, str]:
        """The header with the access token. A new one is requested before it expires.

        Raises:
            SignInRequired: Only a person can sign in again.
            SignInFailed: The provider refuses.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be used.
        """
        held, now = self._held, post.clock.monotonic()
        if held is not None and now < held.ends_at:
            if now >= held.renew_at:
                self._started(post)  # the next request finds the new token; this one need not wait
            return held.headers
        return (await self._renewed(post)).headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Drop a refused access token; the next request gets another one."""
        held = self._held
        if held is not None and refused.get(HEADER) == held.headers[HEADER]:
            self._held = evolve(held, renew_at=-math.inf, ends_at=-math.inf)
        return True

    def advice(self) -> str:
        """What to do about a service that refuses a new token."""
        return hint_about(self._held.tokens) if self._held is not None else "sign in again"

    # What people call.

    async def sign_in(self, post: Post, prompt: Prompt | None = None) -> Identity:
        """Sign in, unless there are tokens that are valid or can be renewed.

        Args:
            post: Sends the requests.
            prompt: Shows the code of a device flow; by default on the terminal, or in the notebook.

        Raises:
            SignInFailed: The provider refuses, you deny, or the code expires.
            InvalidArgument: `prompt` is not a function.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be used.
        """
        if prompt is not None:
            arguments.function(prompt, "prompt", "a function of one DeviceCode", may_wait=True)
        outer = sys.exception()
        try:
            try:
                await self._renewed(post) if self._held is None else await self.headers(post)
            except SignInRequired:
                await self._sign_in_by_device(post, prompt or prompts.show)
        except (QcaasError, asyncio.CancelledError) as error:
            raise without_frames(error, outer)  # noqa: B904  # it is the same error
        return self._identity()

    async def sign_out(self, post: Post) -> bool:
        """Forget the tokens, on this machine too, and revoke them at the provider.

        Args:
            post: Sends the requests.

        Returns:
            Whether there were any.

        Raises:
            SignInFailed: The provider refuses to revoke them; they are forgotten anyway.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be used; they are forgotten anyway.
        """
        outer = sys.exception()
        try:
            return await self._signed_out(post)
        except (QcaasError, asyncio.CancelledError) as error:
            raise without_frames(error, outer)  # noqa: B904  # it is the same error

    def whoami(self) -> Identity | None:
        """Who is signed in, as far as this machine knows; None if nobody is. Nothing is sent."""
        if self._held is None and (tokens := self._cache.load()) is not None:
            return self._identity_of(tokens)
        return self._identity() if self._held is not None else None

    # How tokens are obtained.

    async def _renewed(self, post: Post) -> _Held:
        """The next tokens. Callers that meet share one renewal, which goes on if they are cancelled."""
        flight = self._started(post)
        try:
            return await asyncio.shield(flight)
        except SdkNotOpen:  # the client that began it, perhaps of another SDK
            pass
        except QcaasError as error:
            raise copy(without_frames(error)) from None  # each caller adds to its own
        except asyncio.CancelledError:
            if not flight.cancelled():
                raise
        raise ServerUnavailable(
            f"{self._provider.name}: the connection was closed during the sign-in", may_have_arrived=False
        )

    def _started(self, post: Post) -> "asyncio.Task[_Held]":
        flight = self._flight
        if flight is None or flight.done() or flight.get_loop() is not asyncio.get_running_loop():
            flight = self._flight = post.spawn(self._renew(post))
        return flight

    async def _renew(self, post: Post) -> _Held:
        async with self._cache.locked(post.clock):
            cached, now = self._cache.load(), post.clock.wall()
            held = self._held
            known = held is not None and cached is not None and cached.access_token == held.tokens.access_token
            if cached is not None and not known and cached.left_s(now) > cached.leeway_s and not self._older(cached):
                return self._hold(cached, post)
            tokens = await self._obtained(post, self._newest(cached))
            self._cache.store(tokens)
            return self._hold(tokens, post)

    async def _obtained(self, post: Post, before: Tokens | None) -> Tokens:
        token_url = (await self._provider.endpoints(post)).token
        form = self._scoped()
        if before is not None and before.refresh_token is not None:
            at = post.clock.wall()
            answer = await self._provider.send(
                post, token_url, {**form, "grant_type": "refresh_token", "refresh_token": before.refresh_token}
            )
            if not isinstance(answer, Refusal):
                return tokens_from(answer, at, self._provider.name, before)
            if answer.code not in PERSON_NEEDED:
                raise self._provider.refused(answer, "to renew the sign-in")
            self._forget_refresh_token()
        if self.flow == "device":
            raise self._sign_in_required(ended=before is not None)
        at = post.clock.wall()
        form["grant_type"] = self.flow
        if self.flow == "password":
            form |= {"username": self._username or "", "password": self._password or ""}
        answer = await self._provider.send(post, token_url, form)
        if isinstance(answer, Refusal):
            what = f"a sign-in with {self.flow.replace('_', ' ')}"
            raise self._provider.refused(answer, what, "check username and password")
        return tokens_from(answer, at, self._provider.name, None)

    async def _sign_in_by_device(self, post: Post, prompt: Prompt) -> None:
        answer = await device_sign_in(self._provider, post, self._scoped(), prompt)
        tokens = tokens_from(answer, post.clock.wall(), self._provider.name, None)
        names = names_of(tokens)
        if self._username is not None and names and self._username.lower() not in map(str.lower, names):
            raise SignInFailed(f"{names[0]} signed in, and not {self._username}: sign in again as {self._username}")
        async with self._cache.locked(post.clock):
            self._cache.store(tokens)
            self._hold(tokens, post)

    async def _signed_out(self, post: Post) -> bool:
        async with self._cache.locked(post.clock):
            tokens = self._newest(self._cache.load())
            self._cache.clear()
            self._held = None
        if tokens is None:
            return False
        endpoints = await self._provider.endpoints(post)
        if endpoints.revocation is not None:
            kind = "refresh_token" if tokens.refresh_token is not None else "access_token"
            form = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": kind}
            answer = await self._provider.send(post, endpoints.revocation, form)
            if isinstance(answer, Refusal) and answer.code != "unsupported_token_type":
                raise self._provider.refused(answer, "to revoke the tokens, which are forgotten here")
        return True

    def _scoped(self) -> dict[str, str]:
        return {"scope": self.scope} if self.scope else {}

    def _sign_in_required(self, *, ended: bool) -> SignInRequired:
        what = "the sign-in has ended: it was revoked, or it expired" if ended else "nobody is signed in"
        return SignInRequired(
            f"{self._provider.name}: {what}. Run `qcaas login`, or call `await sdk.sign_in()`; then go on where you "
            "were: no job has changed",
            status=401,
        )

    def _hold(self, tokens: Tokens, post: Post) -> _Held:
        left = tokens.left_s(post.clock.wall())
        now = post.clock.monotonic()
        headers = {HEADER: f"Bearer {tokens.access_token}"}
        early = tokens.leeway_s if left < math.inf and self._can_renew(tokens) else 0.0
        self._held = _Held(tokens, headers, now + left - early, now + left)
        return self._held

    def _forget_refresh_token(self) -> None:
        self._cache.clear()
        if (held := self._held) is not None:
            kept = evolve(held.tokens, refresh_token=None)
            self._held = evolve(held, tokens=kept, renew_at=held.ends_at)

    def _newest(self, cached: Tokens | None) -> Tokens | None:
        """The tokens to go on from: the cache's, unless those in memory are newer or the cache was lost."""
        return self._held.tokens if self._held is not None and (cached is None or self._older(cached)) else cached

    def _older(self, cached: Tokens) -> bool:
        return self._held is not None and cached.obtained_at < self._held.tokens.obtained_at

    def _identity(self) -> Identity:
        assert self._held is not None
        return self._identity_of(self._held.tokens)

    def _identity_of(self, tokens: Tokens) -> Identity:
        names = names_of(tokens) if self.flow != "client_credentials" else []
        user = names[0] if names else self._username
        return Identity(self.issuer, self.client_id, user, self.scope, expiry(tokens), self._can_renew(tokens))

    def _can_renew(self, tokens: Tokens) -> bool:
        return self.flow != "device" or tokens.refresh_token is not None
