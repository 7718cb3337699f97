"""The credential that the environment variables describe."""

import os

from qcaas_sdk._oidc.credential import OidcCredential
from qcaas_sdk._oidc.providers import EntraCredential, KeycloakCredential
from qcaas_sdk.errors import InvalidArgument

SWITCHES = ("OQC_QCAAS_V4", "OQC_ENTRA_ENABLED")
"""Where one of them is set, a sign-in is used even if there is a token too."""

FIRST = {"OQC_KEYCLOAK_SERVER_URL": "Keycloak", "OQC_ENTRA_TENANT_ID": "Entra", "OQC_OIDC_ISSUER": "another provider"}
"""The variable that chooses each provider."""


def credential_from_env(*, even_with_token: bool = False) -> OidcCredential | None:
    """The credential for `OQC_KEYCLOAK_…`, `OQC_ENTRA_…` or `OQC_OIDC_…`.

    Args:
        even_with_token: Whether it is wanted even if there is a token.

    Returns:
        None if no provider is set, or a token is set and neither `OQC_QCAAS_V4` nor `OQC_ENTRA_ENABLED`.

    Raises:
        InvalidArgument: Several providers are set, or a variable is missing or not valid.
    """
    chosen = [name for name in FIRST if os.environ.get(name)]
    token_wins = os.environ.get("OQC_AUTHENTICATION_TOKEN") and not any(map(_is_on, SWITCHES))
    if not chosen or (token_wins and not even_with_token):
        return None
    if len(chosen) > 1:
        raise InvalidArgument(f"{' and '.join(chosen)} are set: unset all but one", argument="credential")
    if chosen[0] == "OQC_KEYCLOAK_SERVER_URL":
        return KeycloakCredential()
    if chosen[0] == "OQC_ENTRA_TENANT_ID":
        return EntraCredential()
    client = _variable("CLIENT_ID")
    if client is None:
        raise InvalidArgument("OQC_OIDC_ISSUER needs OQC_OIDC_CLIENT_ID", argument="client_id")
    return OidcCredential(
        os.environ["OQC_OIDC_ISSUER"],
        client,
        client_secret=_variable("CLIENT_SECRET"),
        username=_variable("USERNAME"),
        password=_variable("PASSWORD"),
        scope=_variable("SCOPE"),
    )


def _variable(name: str) -> str | None:
    return os.environ.get(f"OQC_OIDC_{name}") or None


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes"}
