"""Connections to a provider alone, for signing in before there is a service to talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qcaas_sdk._http import HttpClient, HttpTransport, Post
from qcaas_sdk._oidc.credential import OidcCredential


@asynccontextmanager
async def provider_session(
    credential: OidcCredential, http_transport: HttpTransport | None = None
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
