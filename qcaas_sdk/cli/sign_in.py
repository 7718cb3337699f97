"""What `qcaas login`, `logout` and `whoami` share."""

from typing import Any

from qcaas_sdk._oidc import Identity, OidcCredential, credential_from_env
from qcaas_sdk.cli.ending import USAGE, fail
from qcaas_sdk.cli.lookup import looked_up

NO_PROVIDER = (
    "no provider is set: set OQC_KEYCLOAK_SERVER_URL, OQC_ENTRA_TENANT_ID or OQC_OIDC_ISSUER, and the variables that "
    "go with it"
)


def credential_to_use() -> OidcCredential:
    """The credential of the environment. The command ends if there is none."""
    found = looked_up(lambda: credential_from_env(even_with_token=True))
    if found is None:
        fail(USAGE, NO_PROVIDER)
    return found


def sentence(who: Identity) -> str:
    """Who is signed in, for people."""
    end = "" if who.expires_at is None else f"; the access token expires at {who.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    renewed = " and is renewed automatically" if end and who.renewable else ""
    return f"{who.user or who.client_id} at {who.issuer} (client {who.client_id}, scope {who.scope}){end}{renewed}"


def document(who: Identity) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "issuer": who.issuer,
        "client_id": who.client_id,
        "user": who.user,
        "scope": who.scope,
        "expires_at": who.expires_at.isoformat() if who.expires_at is not None else None,
        "renewable": who.renewable,
    }
