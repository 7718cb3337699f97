"""Entra by its discovery document: its issuers, its addresses, its own words for refusals."""

from typing import Any

import httpx
import pytest

from qcaas_sdk import DeviceCode, EntraCredential, OidcCredential, SignInFailed, SignInRequired
from tests.oidc.fakes import Scripted, client_for
from tests.testing.virtually import virtually

TENANT = "9a7f0000-0000-4000-8000-00000000000a"
OTHER = "11111111-0000-4000-8000-000000000001"
CIAM = "https://oqc.ciamlogin.com"
MICROSOFT = "https://login.microsoftonline.com"
TOKENS = {"access_token": "access", "refresh_token": "refresh", "token_type": "Bearer", "expires_in": 3599}
CODE = {
    "device_code": "code",
    "user_code": "ABCD",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
}


class Entra(Scripted):
    """Its discovery document, its device endpoint, and refusals from a list."""

    def __init__(self, base: str, issuer: str, refusals: list[str]) -> None:
        super().__init__(self._answer)
        self.base, self.issuer, self.refusals = base, issuer, refusals

    def _answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        url = str(request.url)
        if url == f"{self.base}/v2.0/.well-known/openid-configuration":
            return httpx.Response(
                200,
                json={
                    "issuer": self.issuer,
                    "token_endpoint": f"{self.base}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{self.base}/oauth2/v2.0/devicecode",
                    "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                },
            )
        if url == f"{self.base}/oauth2/v2.0/devicecode":
            return httpx.Response(200, json=CODE)
        assert url == f"{self.base}/oauth2/v2.0/token"
        if not self.refusals:
            return httpx.Response(200, json=TOKENS)
        said = "AADSTS50076: Due to a change,\r\nyou must use multi-factor.\r\nTrace ID: 1"
        return httpx.Response(400, json={"error": self.refusals.pop(0), "error_description": said})


def credential(tenant: str = TENANT, **options: Any) -> EntraCredential:
    return EntraCredential(
        tenant, "app", api_scope="api://qcaas/use", cache=False, **{"tenant_name": "oqc"} | options
    )


async def signed_in(credential: OidcCredential, wire: Entra) -> Any:
    shown: list[DeviceCode] = []
    client = await client_for(credential, wire)
    await credential.sign_in(client.login_requests(), shown.append)
    assert [code.user_code for code in shown] == ["ABCD"]
    return client


@pytest.mark.parametrize(
    ("tenant", "options", "base", "issuer"),
    [
        (TENANT, {}, f"{CIAM}/{TENANT}", f"{CIAM}/{TENANT}/v2.0"),
        (TENANT, {}, f"{CIAM}/{TENANT}", f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"),
        (TENANT.upper(), {}, f"{CIAM}/{TENANT}", f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"),
        (
            "oqc.onmicrosoft.com",
            {},
            f"{CIAM}/oqc.onmicrosoft.com",
            f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0",
        ),
        (
            TENANT,
            {"authority": "https://login.oqc.example"},
            f"https://login.oqc.example/{TENANT}",
            f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0",
        ),
        (TENANT, {"authority": f"{CIAM}/{TENANT}/"}, f"{CIAM}/{TENANT}", f"{CIAM}/{TENANT}/v2.0"),
        (TENANT, {"authority": MICROSOFT}, f"{MICROSOFT}/{TENANT}", f"{MICROSOFT}/{TENANT}/v2.0"),
        ("organizations", {"authority": MICROSOFT}, f"{MICROSOFT}/organizations", MICROSOFT + "/{tenantid}/v2.0"),
    ],
)
@virtually
async def test_each_kind_of_tenant_is_found(tenant: str, options: dict[str, str], base: str, issuer: str) -> None:
    await signed_in(credential(tenant, **options), Entra(base, issuer, ["authorization_pending"]))


@pytest.mark.parametrize(
    "issuer",
    [
        f"https://{OTHER}.ciamlogin.com/{OTHER}/v2.0",
        f"{CIAM}/{OTHER}/v2.0",
        "https://login.microsoftonline.com/{tenantid}/v2.0",
        f"https://evil.example/{TENANT}/v2.0",
        f"https://evilXciamlogin.com/{TENANT}/v2.0",
    ],
)
@virtually
async def test_another_tenant_is_refused(issuer: str) -> None:
    wire = Entra(f"{CIAM}/{TENANT}", issuer, [])
    with pytest.raises(SignInFailed, match="which is another issuer: check tenant_name and tenant_id"):
        await signed_in(credential(), wire)
    assert all(request.method == "GET" for request in wire.requests)


@virtually
async def test_a_denial_in_its_own_words() -> None:
    wire = Entra(f"{CIAM}/{TENANT}", f"{CIAM}/{TENANT}/v2.0", ["authorization_pending", "authorization_declined"])
    with pytest.raises(SignInFailed, match="the sign-in was denied in the browser") as caught:
        await signed_in(credential(), wire)
    assert caught.value.code == "authorization_declined"


@pytest.mark.parametrize("code", ["invalid_grant", "interaction_required", "login_required", "consent_required"])
@virtually
async def test_a_renewal_that_needs_a_person_asks_for_a_sign_in(code: str) -> None:
    wire = Entra(f"{CIAM}/{TENANT}", f"{CIAM}/{TENANT}/v2.0", [])
    client = await signed_in(found := credential(), wire)
    found.renew(await found.headers(client.login_requests()))
    wire.refusals = [code]
    with pytest.raises(SignInRequired, match="Run `qcaas login`"):
        await found.headers(client.login_requests())
    await signed_in(found, wire)


def test_a_secret_means_client_credentials_as_in_the_published_sdk() -> None:
    account = {"username": "ann", "password": "pass word"}
    assert credential(**account).flow == "password"
    for_itself = credential(client_secret="s3cret", **account)
    assert (for_itself.flow, for_itself.scope) == ("client_credentials", "api://qcaas/use")
    assert credential(client_secret="s3cret", flow="password", **account).flow == "password"
