"""A provider of sign-ins (OpenID Connect), as small as clients of the API gateway need one.

It has the addresses of Keycloak, in any realm: `/realms/{realm}/…`. It accepts any client, and the account of the
settings. A device code is approved at once.
"""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from qcaas_sdk.local.service.access import Access
from qcaas_sdk.local.service.calls import JsonResponse
from qcaas_sdk.local.service.request_fields import limited_body, url_of

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
DEVICE_LIFE_S = 600
"""Seconds for which a code can be used."""
MAX_DEVICE_CODES = 1000
"""Codes that are kept."""


class SignIn:
    """The provider's calls."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._device_codes: list[str] = []

    async def discovery(self, request: Request) -> Response:
        """The discovery document."""
        issuer = f"{url_of(request)}/realms/{request.path_params['realm']}"
        endpoints = f"{issuer}/protocol/openid-connect"
        return JsonResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{endpoints}/auth",
                "token_endpoint": f"{endpoints}/token",
                "device_authorization_endpoint": f"{endpoints}/auth/device",
                "revocation_endpoint": f"{endpoints}/revoke",
                "grant_types_supported": ["client_credentials", "password", "refresh_token", DEVICE_CODE],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
            }
        )

    async def token(self, request: Request) -> Response:
        """New tokens, for a client, a user, a device code or a refresh token."""
        form = await _form(request)
        match form.get("grant_type"):
            case "client_credentials":
                with_secret = form.get("client_secret") or request.headers.get("authorization")
                return self._tokens(refreshable=False) if with_secret else _refused("invalid_client", 401)
            case "password":
                known = self._access.knows(form.get("username", ""), form.get("password", ""))
                return self._tokens() if known else _refused("invalid_grant")
            case "refresh_token":
                known = self._access.is_refresh_token(form.get("refresh_token", ""))
                return self._tokens(form.get("refresh_token")) if known else _refused("invalid_grant")
            case grant if grant == DEVICE_CODE:
                if form.get("device_code") not in self._device_codes:
                    return _refused("expired_token")
                self._device_codes.remove(form["device_code"])
                return self._tokens()
        return _refused("unsupported_grant_type")

    async def device(self, request: Request) -> Response:
        """A device code. No user has to enter anything."""
        await _form(request)
        code = secrets.token_urlsafe(24)
        self._device_codes = [*self._device_codes[1 - MAX_DEVICE_CODES :], code]
        page = f"{url_of(request)}/realms/{request.path_params['realm']}/device"
        return JsonResponse(
            {
                "device_code": code,
                "user_code": "SIMU-LATE",
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code=SIMU-LATE",
                "expires_in": DEVICE_LIFE_S,
                "interval": 1,
            }
        )

    async def revoke(self, request: Request) -> Response:
        """Forget a token."""
        self._access.revoke((await _form(request)).get("token", ""))
        return JsonResponse({})

    def _tokens(self, refresh_token: str | None = None, *, refreshable: bool = True) -> Response:
        life_s = self._access.life_s
        answer: dict[str, object] = {
            "access_token": self._access.issue(),
            "token_type": "Bearer",
            "expires_in": 3600 if life_s is None else life_s,
            "scope": "openid",
        }
        if refreshable:
            answer |= {
                "refresh_token": refresh_token or self._access.issue_refresh_token(),
                "refresh_expires_in": 86_400,
            }
        return JsonResponse(answer)


async def _form(request: Request) -> Mapping[str, str]:
    return dict(parse_qsl((await limited_body(request)).decode("utf-8", "replace")))


def _refused(error: str, status: int = 400) -> Response:
    said = "the embedded QPU does not accept this sign-in"
    return JsonResponse({"error": error, "error_description": said}, status)
