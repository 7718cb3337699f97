"""Sign-in with OpenID Connect: flows, refresh, and the tokens that are kept on this machine."""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._oidc.credential import OidcCredential
    from qcaas_sdk._oidc.device import DeviceCode, Prompt
    from qcaas_sdk._oidc.environment import api_from_env, credential_from_env, service_from_env
    from qcaas_sdk._oidc.known_providers import EntraCredential, KeycloakCredential
    from qcaas_sdk._oidc.session import SignIns, provider_session
    from qcaas_sdk._oidc.tokens import Identity

__all__ = [
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

__getattr__ = lazy(
    __name__,
    {
        "DeviceCode": "device",
        "EntraCredential": "known_providers",
        "Identity": "tokens",
        "KeycloakCredential": "known_providers",
        "OidcCredential": "credential",
        "Prompt": "device",
        "SignIns": "session",
        "api_from_env": "environment",
        "credential_from_env": "environment",
        "provider_session": "session",
        "service_from_env": "environment",
    },
)
