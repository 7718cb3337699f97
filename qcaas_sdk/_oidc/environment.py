"""The service, the version of its API and the credential that the environment variables describe."""

import os
from collections.abc import Mapping
from typing import Any

from qcaas_sdk._base.api_version import Api
from qcaas_sdk._guards.arguments import told
from qcaas_sdk._http.trusted_hosts import checked_base_url
from qcaas_sdk._oidc.credential import OidcCredential
from qcaas_sdk._oidc.known_providers import EntraCredential, KeycloakCredential
from qcaas_sdk.errors import InvalidArgument, QcaasError

V4_VARIABLES = ("OQC_QCAAS_V4", "OQC_ENTRA_ENABLED")
"""What says that a service has the API v4; the second is an older name. A sign-in is used then, even if there is a
token too."""

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
"""What these variables say, in any case."""

CREDENTIALS = frozenset({"authentication_token", "email", "password", "credential"})
"""The arguments of `OqcSdk` that replace the credential of the environment."""

FIRST = {"OQC_KEYCLOAK_SERVER_URL": "Keycloak", "OQC_ENTRA_TENANT_ID": "Entra", "OQC_OIDC_ISSUER": "another provider"}
"""The variable that chooses each provider."""


def service_from_env(options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `OqcSdk` for the service in the environment.

    Args:
        options: Arguments that the user passes; they replace those of the environment.

    Raises:
        QcaasError: `OQC_URL` is not set.
        InvalidArgument: `OQC_URL` or `OQC_QCAAS_V4` has a wrong value, or variables of a sign-in are missing or do
            not fit together.
    """
    url = os.environ.get("OQC_URL")
    if not url:
        raise QcaasError("OQC_URL is not set: set it to the URL of the service, or use OqcSdk.local()")
    if "url" not in options:
        try:
            checked_base_url(url)
        except InvalidArgument as error:
            raise InvalidArgument(f"OQC_URL: {error}", argument="url") from None
    found: dict[str, Any] = {"url": url}
    if "api" not in options:
        found["api"] = api_from_env()
    if not CREDENTIALS & {*options}:
        credential = credential_from_env()
        token = os.environ.get("OQC_AUTHENTICATION_TOKEN")
        found |= {"authentication_token": token} if credential is None else {"credential": credential}
    return {**found, **options}


def api_from_env() -> Api:
    """The version of the API that the environment names; "auto" if it names none.

    Raises:
        InvalidArgument: A variable has a wrong value.
    """
    said = _flag(V4_VARIABLES[0])
    return "v4" if _v4_is_on() else "v3" if said is False else "auto"


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
    token_wins = os.environ.get("OQC_AUTHENTICATION_TOKEN") and not _v4_is_on()
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


def _v4_is_on() -> bool:
    said = [_flag(name) for name in V4_VARIABLES]  # a wrong value is found in each
    return any(said)


def _flag(name: str) -> bool | None:
    """What a variable says; None if it is empty or not set."""
    said = os.environ.get(name, "").strip()
    if said.lower() in {*YES, *NO, ""}:
        return said.lower() in YES if said else None
    expected = "1, true, yes or on; or 0, false, no or off; or empty"
    raise InvalidArgument(f"{name} must be {expected}; not {told(said)}", argument="api")
