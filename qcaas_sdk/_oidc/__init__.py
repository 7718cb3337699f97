"""Sign-in with OpenID Connect: flows, refresh, and the tokens that are kept on this machine."""

from qcaas_sdk._oidc.credential import OidcCredential
from qcaas_sdk._oidc.device import DeviceCode, Prompt
from qcaas_sdk._oidc.environment import credential_from_env
from qcaas_sdk._oidc.providers import EntraCredential, KeycloakCredential
from qcaas_sdk._oidc.tokens import Identity

__all__ = [
    "DeviceCode",
    "EntraCredential",
    "Identity",
    "KeycloakCredential",
    "OidcCredential",
    "Prompt",
    "credential_from_env",
]
