"""Connections for signing in: to a provider alone, or those of an SDK, which need not be open."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from qcaas_sdk import _oidc
from qcaas_sdk._http import HttpClient, HttpTransport, Post
from qcaas_sdk.errors import InvalidArgument


@asynccontextmanager
async def provider_session(
    credential: "_oidc.OidcCredential", http_transport: HttpTransport | None = None
) -> AsyncIterator[Post]:
    """What sends the requests of a credential; closed at the end of the block.

    Args:
        credential: The credential.
        http_transport: Sends the requests; by default the network.
    """
    client = HttpClient(credential.issuer, credential, http_transport=http_transport)
    await client.open()
    try:
        yield client.login_requests()
    finally:
        await client.close()


class SignIns:
    """The connections of an SDK, while somebody signs in or out.

    Attributes:
        active: How many do so now. The connections must not be closed then.
    """

    def __init__(self, client: HttpClient, in_use: Callable[[], bool]) -> None:
        """Nothing is opened yet.

        Args:
            client: The SDK's HTTP client.
            in_use: Whether the SDK uses it too, and closes it.
        """
        self._client = client
        self._in_use = in_use
        self.active = 0

    @asynccontextmanager
    async def session(self, credential: object) -> AsyncIterator[tuple["_oidc.OidcCredential", Post]]:
        """A credential, and what sends its requests.

        Args:
            credential: The credential of the SDK.

        Raises:
            InvalidArgument: It needs no sign-in.
        """
        if not isinstance(credential, _oidc.OidcCredential):
            raise InvalidArgument(
                "there is nothing to sign in to: pass credential=KeycloakCredential(…), EntraCredential(…) or "
                "OidcCredential(…)",
                argument="credential",
            )
        self.active += 1
        try:
            await self._client.open()
            yield credential, self._client.login_requests()
        finally:
            self.active -= 1
            if not self.active and not self._in_use():
                await self._client.close()
