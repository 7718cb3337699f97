"""The providers that OQC uses: Keycloak and Microsoft Entra External ID."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

from qcaas_sdk._guards import arguments
from qcaas_sdk._oidc.credential import OidcCredential
from qcaas_sdk._oidc.flows import Flow
from qcaas_sdk._oidc.provider import Endpoints
from qcaas_sdk.errors import InvalidArgument

_ENTRA_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class KeycloakCredential(OidcCredential):
    """Signs in at a realm of a Keycloak server.

    Arguments that you leave out come from `OQC_KEYCLOAK_SERVER_URL`, `_REALM`, `_CLIENT_ID`, `_CLIENT_SECRET`,
    `_USERNAME`, `_PASSWORD` and `_SCOPE`. For the flows, see `OidcCredential`; `interactive=True` chooses the device
    flow for a client with a secret too.
    """

    def __init__(
        self,
        server_url: str | None = None,
        realm: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        interactive: bool | None = None,
        scope: str | None = None,
        *,
        flow: Flow | None = None,
        cache: bool | str | Path = True,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """Nothing is sent yet.

        Args:
            server_url: The address of the server.
            realm: The realm.
            client_id: The client that is registered in the realm.
            client_secret: Its secret.
            username: The user's name.
            password: The user's password.
            interactive: Whether the device flow is possible. True chooses it, unless there is a password.
            scope: The scope; by default "openid".
            flow: The flow, if it does not follow from the other arguments.
            cache: Where tokens are kept, as for `OidcCredential`.
            allowed_hosts: Hosts that may get secrets unencrypted, if `server_url` is `http://…` outside this machine.

        Raises:
            InvalidArgument: An argument is missing or not valid, or they do not fit together.
            MissingExtra: `cache="keyring"`, and the extra `keyring` is not installed.
        """
        server = _required(server_url, "server_url", "OQC_KEYCLOAK_SERVER_URL").strip().rstrip("/")
        issuer = f"{server}/realms/{quote(_required(realm, 'realm', 'OQC_KEYCLOAK_REALM'), safe='')}"
        base = f"{issuer}/protocol/openid-connect"
        code = _given(password, "OQC_KEYCLOAK_PASSWORD")
        interactive = None if interactive is None else arguments.flag(interactive, "interactive")
        if interactive and flow is None and code is None:
            flow = "device"
        self._set_up(
            issuer,
            _required(client_id, "client_id", "OQC_KEYCLOAK_CLIENT_ID"),
            _given(client_secret, "OQC_KEYCLOAK_CLIENT_SECRET"),
            _given(username, "OQC_KEYCLOAK_USERNAME"),
            code,
            _given(scope, "OQC_KEYCLOAK_SCOPE") or "openid",
            interactive=interactive is not False,
            flow=flow,
            cache=cache,
            allowed_hosts=allowed_hosts,
            known=Endpoints(f"{base}/token", f"{base}/auth/device", f"{base}/revoke"),
            check="server_url and realm",
        )


class EntraCredential(OidcCredential):
    """Signs in at Microsoft Entra External ID.

    Arguments that you leave out come from `OQC_ENTRA_TENANT_ID`, `_CLIENT_ID`, `_CLIENT_SECRET`, `_USERNAME`,
    `_PASSWORD`, `_TENANT_NAME` and `_API_SCOPE`. For the flows, see `OidcCredential`; here a client secret chooses
    client credentials even if there is a password.
    """

    def __init__(
        self,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        tenant_name: str | None = None,
        api_scope: str | None = None,
        interactive: bool = True,
        *,
        authority: str | None = None,
        flow: Flow | None = None,
        cache: bool | str | Path = True,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """Nothing is sent yet.

        Args:
            tenant_id: The id of the tenant, or its domain.
            client_id: The application that is registered there.
            client_secret: Its secret.
            username: The user's name.
            password: The user's password.
            tenant_name: The name of the tenant, the first part of `….ciamlogin.com`.
            api_scope: The scope of the service's API; it ends with `/.default` for client credentials.
            interactive: Whether the device flow is possible.
            authority: The address of the provider, instead of `https://{tenant_name}.ciamlogin.com`.
            flow: The flow, if it does not follow from the other arguments.
            cache: Where tokens are kept, as for `OidcCredential`.
            allowed_hosts: Hosts outside the authority's domain that may be endpoints of the provider.

        Raises:
            InvalidArgument: An argument is missing or not valid, or they do not fit together.
            MissingExtra: `cache="keyring"`, and the extra `keyring` is not installed.
        """
        tenant = quote(_required(tenant_id, "tenant_id", "OQC_ENTRA_TENANT_ID").strip().lower(), safe="")
        if authority is None:
            authority = f"https://{_required(tenant_name, 'tenant_name', 'OQC_ENTRA_TENANT_NAME')}.ciamlogin.com"
        authority = arguments.text(authority, "authority").strip().rstrip("/").removesuffix(f"/{tenant}")
        user, secret = _given(username, "OQC_ENTRA_USERNAME"), _given(client_secret, "OQC_ENTRA_CLIENT_SECRET")
        code = _given(password, "OQC_ENTRA_PASSWORD")
        api = _required(api_scope, "api_scope", "OQC_ENTRA_API_SCOPE")
        flow = "client_credentials" if flow is None and secret is not None else flow
        self._set_up(
            f"{authority}/{tenant}/v2.0",
            _required(client_id, "client_id", "OQC_ENTRA_CLIENT_ID"),
            secret,
            user,
            code,
            api if flow == "client_credentials" else f"openid profile offline_access {api}",
            interactive=interactive,
            flow=flow,
            cache=cache,
            allowed_hosts=allowed_hosts,
            other_issuers=_entra_issuers(authority, tenant),
            check="tenant_name and tenant_id",
        )


def _entra_issuers(authority: str, tenant: str) -> str:
    """What Entra's discovery document calls itself, as a regular expression.

    It names the tenant by its id, also if you ask for it by its name, and no tenant if you ask for several.
    """
    if re.fullmatch(_ENTRA_ID, tenant):
        return rf"https://{tenant}\.ciamlogin\.com/{tenant}/v2\.0"
    return rf"https://(?P<id>{_ENTRA_ID})\.ciamlogin\.com/(?P=id)/v2\.0|{re.escape(authority)}/({_ENTRA_ID}|{{tenantid}})/v2\.0"


def _given(value: str | None, variable: str) -> str | None:
    return value if value is not None else os.environ.get(variable) or None


def _required(value: str | None, argument: str, variable: str) -> str:
    if (found := _given(value, variable)) is None:
        raise InvalidArgument(f"{argument} is missing: pass it, or set {variable}", argument=argument)
    return arguments.text(found, argument)
