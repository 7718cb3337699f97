"""Sign-in with OpenID Connect: flows, refresh, and the tokens that are kept on this machine."""

from qcaas_sdk._oidc.credential import OidcCredential
from qcaas_sdk._oidc.device import DeviceCode, Prompt
from qcaas_sdk._oidc.environment import Api, api_from_env, credential_from_env, service_from_env
from qcaas_sdk._oidc.providers import EntraCredential, KeycloakCredential
from qcaas_sdk._oidc.session import SignIns, provider_session
from qcaas_sdk._oidc.tokens import Identity

__all__ = [
    "Api",
    "DeviceCode",
    "EntraCredential",
    "Identity",
    "KeycloakCredential",
    "OidcCredential",
    "Prompt",
    "SignIns",
    "api_from_env",
    "credential_from_env",
    "provider_session",
    "service_from_env",
]
