"""What each flow sends and to whom, and how each refusal is told."""

import asyncio
import io
import sys
from typing import Any

import httpx
import pytest

from qcaas_sdk import (
    BadAnswer,
    DeviceCode,
    EntraCredential,
    InvalidArgument,
    KeycloakCredential,
    OidcCredential,
    OqcSdk,
    ServerUnavailable,
    SignInFailed,
    UntrustedHost,
)
from qcaas_sdk._oidc import credential_from_env
from qcaas_sdk._oidc import prompt as prompts
from qcaas_sdk._oidc.session import provider_session
from qcaas_sdk.testing import VirtualClock
from tests.oidc.fakes import Scripted, client_for
from tests.testing.virtually import virtually

TENANT = "9a7f0000-0000-4000-8000-000000000001"
KEYCLOAK = {"server_url": "https://id.example.org", "realm": "oqc", "client_id": "sdk"}
TOKENS = {"access_token": "access", "refresh_token": "refresh", "token_type": "Bearer", "expires_in": 60}
DEVICE = {
    "device_code": "secret-device-code",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://id.example.org/device",
    "verification_uri_complete": "https://id.example.org/device?user_code=WDJB-MJHT",
    "expires_in": 60,
    "interval": 5,
}


def tokens(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
    return httpx.Response(200, json=TOKENS if request.url.path.endswith("/token") else {"items": [], "total": 0})


async def signed_in(credential: OidcCredential, wire: Scripted, prompt: Any = None) -> Any:
    client = await client_for(credential, wire)
    return await credential.sign_in(client.login_requests(), prompt)


def form_of(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.content.decode()))


# What is sent.


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ({"client_secret": "s3cret & +"}, {"grant_type": "client_credentials", "client_secret": "s3cret & +"}),
        (
            {"username": "ann", "password": "pass word"},
            {"grant_type": "password", "username": "ann", "password": "pass word"},
        ),
        (
            {"client_secret": "s3cret", "username": "ann", "password": "pass word"},
            {"grant_type": "password", "username": "ann", "password": "pass word", "client_secret": "s3cret"},
        ),
    ],
)
@virtually
async def test_keycloak(given: dict[str, str], form: dict[str, str]) -> None:
    wire = Scripted(tokens)
    credential = KeycloakCredential(**KEYCLOAK, **given)
    await signed_in(credential, wire)
    (request,) = wire.requests
    assert str(request.url) == "https://id.example.org/realms/oqc/protocol/openid-connect/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form_of(request) == form | {"client_id": "sdk", "scope": "openid"}
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("interactive", "given", "flow"),
    [
        (True, {"client_secret": "s3cret"}, "device"),
        (None, {"client_secret": "s3cret"}, "client_credentials"),
        (False, {"client_secret": "s3cret"}, "client_credentials"),
        (True, {"client_secret": "s3cret", "username": "ann", "password": "pass word"}, "password"),
        (True, {}, "device"),
        (None, {}, "device"),
    ],
)
def test_interactive_means_what_it_means_in_the_published_sdk(
    interactive: bool | None, given: dict[str, str], flow: str
) -> None:
    assert KeycloakCredential(**KEYCLOAK, interactive=interactive, **given).flow == flow


@virtually
async def test_keycloak_renews_with_the_scope() -> None:
    wire = Scripted(tokens)
    credential = KeycloakCredential(**KEYCLOAK, username="ann", password="pass word", scope="openid qcaas")
    client = await client_for(credential, wire)
    await client.request("GET", "/admin/qpu")
    credential.renew({"Authorization": "Bearer access"})
    await client.request("GET", "/admin/qpu")
    assert form_of(wire.requests[2]) == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh",
        "client_id": "sdk",
        "scope": "openid qcaas",
    }


@virtually
async def test_the_device_flow_honours_the_interval_and_slow_down() -> None:
    answers = iter(["authorization_pending", "slow_down", "authorization_pending"])
    times: list[float] = []

    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        if request.url.path.endswith("/auth/device"):
            return httpx.Response(200, json=DEVICE)
        times.append(round(asyncio.get_running_loop().time()))
        error = next(answers, None)
        return httpx.Response(400, json={"error": error}) if error else httpx.Response(200, json=TOKENS)

    wire, shown = Scripted(answer), list[DeviceCode]()
    await signed_in(KeycloakCredential(**KEYCLOAK), wire, shown.append)
    assert times == [5, 10, 20, 30]
    assert [code.user_code for code in shown] == ["WDJB-MJHT"]
    assert form_of(wire.requests[0]) == {"client_id": "sdk", "scope": "openid"}
    assert form_of(wire.requests[1]) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "secret-device-code",
        "client_id": "sdk",
        "scope": "openid",
    }


@virtually
async def test_a_network_that_fails_while_you_enter_the_code_costs_nothing() -> None:
    polls = 0

    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        nonlocal polls
        if request.url.path.endswith("/auth/device"):
            return httpx.Response(200, json=DEVICE)
        polls += 1
        if polls < 3:
            raise httpx.ReadError("gone", request=request)
        return httpx.Response(200, json=TOKENS)

    await signed_in(KeycloakCredential(**KEYCLOAK), Scripted(answer), lambda code: None)
    assert polls == 3


@pytest.mark.parametrize(
    ("error", "message", "after_s"),
    [
        ("access_denied", "the sign-in was denied in the browser", 5),
        ("expired_token", "the code was not entered in time", 5),
        ("authorization_pending", "the code was not entered in time", 55),
        ("invalid_client", "check client_id and client_secret", 5),
    ],
)
@virtually
async def test_each_end_of_a_device_flow_is_clear(error: str, message: str, after_s: float) -> None:
    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        device = request.url.path.endswith("/auth/device")
        return httpx.Response(200, json=DEVICE) if device else httpx.Response(400, json={"error": error})

    credential = KeycloakCredential(**KEYCLOAK)
    with pytest.raises(SignInFailed, match=message) as caught:
        await signed_in(credential, Scripted(answer), lambda code: None)
    assert caught.value.code == ("expired_token" if error == "authorization_pending" else error)
    assert asyncio.get_running_loop().time() == pytest.approx(after_s, abs=1.0)
    assert credential.whoami() is None


@virtually
async def test_ctrl_c_during_a_device_flow_leaves_nothing_behind() -> None:
    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        device = request.url.path.endswith("/auth/device")
        pending = httpx.Response(400, json={"error": "authorization_pending"})
        return httpx.Response(200, json=DEVICE) if device else pending

    credential = KeycloakCredential(**KEYCLOAK)
    task = asyncio.create_task(signed_in(credential, Scripted(answer), lambda code: None))
    await asyncio.sleep(12.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert credential.whoami() is None


@virtually
async def test_somebody_else_who_signs_in_is_told() -> None:
    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        device = request.url.path.endswith("/auth/device")
        # {"alg": "none"} and {"preferred_username": "bob"}
        jwt = "eyJhbGciOiJub25lIn0.eyJwcmVmZXJyZWRfdXNlcm5hbWUiOiJib2IifQ.x"
        return httpx.Response(200, json=DEVICE if device else {**TOKENS, "id_token": jwt})

    with pytest.raises(SignInFailed, match="bob signed in, and not ann: sign in again as ann"):
        await signed_in(KeycloakCredential(**KEYCLOAK, username="ann"), Scripted(answer), lambda code: None)
    who = await signed_in(KeycloakCredential(**KEYCLOAK, username="Bob"), Scripted(answer), lambda code: None)
    assert who.user == "bob"


# Entra.


@pytest.mark.parametrize("named", ["name", "id"])
@virtually
async def test_entra_is_found_by_its_discovery_document(named: str) -> None:
    host = "oqc.ciamlogin.com" if named == "name" else f"{TENANT}.ciamlogin.com"
    base = f"https://oqc.ciamlogin.com/{TENANT}"

    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        if request.method == "GET":
            document = {
                "issuer": f"https://{host}/{TENANT}/v2.0",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
            return httpx.Response(200, json=document)
        return httpx.Response(200, json=TOKENS)

    wire = Scripted(answer)
    credential = EntraCredential(TENANT, "app", "s3cret", tenant_name="oqc", api_scope="api://qcaas/.default")
    await signed_in(credential, wire)
    assert str(wire.requests[0].url) == f"{base}/v2.0/.well-known/openid-configuration"
    assert str(wire.requests[1].url) == f"{base}/oauth2/v2.0/token"
    assert form_of(wire.requests[1]) == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "s3cret",
        "scope": "api://qcaas/.default",
    }


def test_entra_asks_for_a_refresh_token_where_there_is_a_user() -> None:
    credential = EntraCredential(TENANT, "app", tenant_name="oqc", api_scope="api://qcaas/use")
    assert credential.flow == "device"
    assert credential.scope == "openid profile offline_access api://qcaas/use"


# Providers that are wrong.


@pytest.mark.parametrize(
    ("document", "kind", "message"),
    [
        (httpx.Response(404, text="no"), SignInFailed, r"no OpenID provider at https://id\.example\.org \(404\)"),
        (httpx.Response(404, json={"error": "Realm does not exist"}), SignInFailed, "check issuer"),
        (httpx.Response(200, html="<p>hello</p>"), BadAnswer, "openid-configuration was answered with a web page"),
        (httpx.Response(200, json=[]), BadAnswer, "not a JSON object"),
        (httpx.Response(301, headers={"location": "https://evil.example"}), BadAnswer, "redirect"),
        (httpx.Response(200, json={"issuer": "https://evil.example"}), SignInFailed, "which is another issuer"),
        (httpx.Response(200, json={"issuer": "https://id.example.org"}), SignInFailed, "no token endpoint"),
        (
            httpx.Response(200, json={"issuer": "https://id.example.org", "token_endpoint": "https://evil.test/t"}),
            UntrustedHost,
            r"token_endpoint at evil\.test, which does not belong to it.*allowed_hosts",
        ),
        (
            httpx.Response(
                200, json={"issuer": "https://id.example.org", "token_endpoint": "http://id.example.org/t"}
            ),
            UntrustedHost,
            "not encrypted",
        ),
        (
            httpx.Response(200, json={"issuer": "https://id.example.org", "token_endpoint": "file:///etc"}),
            SignInFailed,
            "not a URL",
        ),
        (httpx.Response(503, text="down"), ServerUnavailable, "503"),
    ],
)
@virtually
async def test_a_provider_that_is_wrong_gets_no_secret(
    document: httpx.Response, kind: type[Exception], message: str
) -> None:
    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        return httpx.Response(document.status_code, content=document.content, headers=document.headers)

    wire = Scripted(answer)
    with pytest.raises(kind, match=message):
        await signed_in(OidcCredential("https://id.example.org", "sdk", client_secret="s3cret"), wire)
    assert all(request.method == "GET" and not request.content for request in wire.requests)


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (httpx.Response(200, html="<p>hi</p>"), BadAnswer, "web page"),
        (httpx.Response(200, content=b'{"access_token": "very-secret'), BadAnswer, "not a JSON object"),
        (httpx.Response(200, json={"token_type": "Bearer"}), BadAnswer, "no bearer token"),
        (httpx.Response(200, json={"access_token": "a\nb"}), BadAnswer, "no bearer token"),
        (
            httpx.Response(200, json={"access_token": "very-secret", "token_type": "mac"}),
            BadAnswer,
            "no bearer token",
        ),
        (httpx.Response(302, headers={"location": "https://evil.example/x"}), BadAnswer, r"redirect.*evil\.example"),
        (httpx.Response(404, json={"error": "Realm does not exist"}), SignInFailed, "check server_url and realm"),
        (httpx.Response(404, text="Not Found"), SignInFailed, r"\(404\); check server_url and realm"),
        (httpx.Response(400, json={"error": "invalid_scope"}), SignInFailed, "check scope"),
        (httpx.Response(401, json={"error": "unauthorized_client"}), SignInFailed, "may not use this flow"),
        (httpx.Response(401, json={"error": "invalid_grant"}), SignInFailed, "check username and password"),
        (httpx.Response(400, json={"error": "temporarily_unavailable"}), ServerUnavailable, "try again later"),
        (
            httpx.Response(400, json={"error": "odd", "error_description": "you sent pass word"}),
            SignInFailed,
            r"\(odd: you sent \*\*\*\)",
        ),
    ],
)
@virtually
async def test_refusals_and_odd_answers(answer: httpx.Response, kind: type[Exception], message: str) -> None:
    def said(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    wire = Scripted(said)
    credential = KeycloakCredential(**KEYCLOAK, username="ann", password="pass word")
    with pytest.raises(kind, match=message) as caught:
        await signed_in(credential, wire)
    assert "pass word" not in str(caught.value)
    assert "very-secret" not in str(caught.value)
    assert {request.url.host for request in wire.requests} == {"id.example.org"}


@pytest.mark.parametrize("skew_h", [-5.0, 5.0])
@virtually
async def test_a_token_for_another_audience_is_named_and_so_are_clocks_that_differ(skew_h: float) -> None:
    import base64
    import json

    def answer(request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            return httpx.Response(401, json={"detail": "no"})
        claims = {"aud": "another-service", "iat": 1767225600 + skew_h * 3600}  # virtual time begins in 2026
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return httpx.Response(200, json={**TOKENS, "access_token": f"e30.{body}.x"})

    client = await client_for(KeycloakCredential(**KEYCLOAK, client_secret="s3cret"), Scripted(answer))
    with pytest.raises(
        Exception, match=r"audience 'another-service': check .* clocks? and .* differ by -?5 h"
    ) as caught:
        await client.request("GET", "/admin/qpu")
    assert "e30." not in str(caught.value)


# Arguments.


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (lambda: OidcCredential("id.example.org", "sdk"), "issuer", "must look like"),
        (lambda: OidcCredential("http://id.example.org", "sdk"), "issuer", "unencrypted"),
        (lambda: OidcCredential("https://me:pw@id.example.org", "sdk"), "issuer", "contains a user name"),
        (lambda: OidcCredential("https://id.example.org", ""), "client_id", "not empty"),
        (
            lambda: OidcCredential("https://id.example.org", "sdk", password="p"),
            "username",
            "password needs username",
        ),
        (
            lambda: OidcCredential("https://id.example.org", "sdk", interactive=False),
            "interactive",
            "pass client_secret",
        ),
        (lambda: OidcCredential("https://id.example.org", "sdk", flow="password"), "password", "needs password"),
        (lambda: OidcCredential("https://id.example.org", "sdk", flow="magic"), "flow", "one of"),  # type: ignore[arg-type]  # wrong
        (lambda: OidcCredential("https://id.example.org", "sdk", cache=7), "cache", "True, False"),  # type: ignore[arg-type]  # wrong
        (lambda: KeycloakCredential(realm="oqc", client_id="sdk"), "server_url", "set OQC_KEYCLOAK_SERVER_URL"),
        (lambda: KeycloakCredential("ftp://x", "oqc", "sdk"), "server_url and realm", "must look like"),
        (lambda: EntraCredential(TENANT, "app", tenant_name="oqc"), "api_scope", "set OQC_ENTRA_API_SCOPE"),
        (OqcSdk.from_env, "client_id", "OQC_OIDC_ISSUER needs OQC_OIDC_CLIENT_ID"),
    ],
)
def test_bad_arguments(make: Any, argument: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OQC_URL", "https://hub.example.org")
    monkeypatch.setenv("OQC_OIDC_ISSUER", "https://id.example.org")
    with pytest.raises(InvalidArgument, match=message) as caught:
        make()
    assert caught.value.argument == argument
    assert ":pw@" not in str(caught.value)


def test_the_environment_names_the_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    def described(**variables: str) -> str:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            return repr(credential_from_env())

    keycloak = {
        "OQC_KEYCLOAK_SERVER_URL": "https://id.example.org/",
        "OQC_KEYCLOAK_REALM": "oqc",
        "OQC_KEYCLOAK_CLIENT_ID": "sdk",
    }
    entra = {
        "OQC_ENTRA_TENANT_ID": TENANT,
        "OQC_ENTRA_TENANT_NAME": "oqc",
        "OQC_ENTRA_CLIENT_ID": "app",
        "OQC_ENTRA_API_SCOPE": "api://qcaas/use",
        "OQC_ENTRA_USERNAME": "ann",
        "OQC_ENTRA_PASSWORD": "pass word",
    }
    assert described(**keycloak) == (
        "KeycloakCredential(issuer='https://id.example.org/realms/oqc', client_id='sdk', flow='device')"
    )
    assert "flow='client_credentials'" in described(**keycloak, OQC_KEYCLOAK_CLIENT_SECRET="s3cret")
    assert described(**entra) == (
        f"EntraCredential(issuer='https://oqc.ciamlogin.com/{TENANT}/v2.0', client_id='app', flow='password')"
    )
    other = {"OQC_OIDC_ISSUER": "https://id.example.org", "OQC_OIDC_CLIENT_ID": "sdk"}
    assert described(**other).startswith("OidcCredential(")
    assert described(**other, OQC_AUTHENTICATION_TOKEN="t0ken") == "None"
    assert described(**other, OQC_AUTHENTICATION_TOKEN="t0ken", OQC_ENTRA_ENABLED="yes").startswith("OidcCred")
    assert described(**other, OQC_AUTHENTICATION_TOKEN="t0ken", OQC_QCAAS_V4="0") == "None"
    with pytest.raises(InvalidArgument, match="OQC_KEYCLOAK_SERVER_URL and OQC_ENTRA_TENANT_ID are set"):
        described(**keycloak, **entra)


def test_without_any_credential_each_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OQC_URL", "https://hub.example.org")
    with pytest.raises(InvalidArgument, match=r"OQC_AUTHENTICATION_TOKEN or the variables of a sign-in") as caught:
        OqcSdk.from_env()
    assert "KeycloakCredential" in str(caught.value)


@virtually
async def test_from_env_signs_in_unless_a_credential_is_passed() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OQC_URL", "https://hub.example.org")
        for name, value in {**KEYCLOAK, "client_secret": "s3cret"}.items():
            patch.setenv(f"OQC_KEYCLOAK_{name.upper()}", value)
        wire = Scripted(tokens)
        await OqcSdk.from_env(http_transport=wire, clock=VirtualClock()).sign_in()
        with pytest.raises(InvalidArgument, match="nothing to sign in to"):
            await OqcSdk.from_env(authentication_token="t0ken").sign_in()
    assert [request.url.host for request in wire.requests] == ["id.example.org"]


async def test_a_token_needs_no_sign_in() -> None:
    with pytest.raises(InvalidArgument, match="there is nothing to sign in to"):
        await OqcSdk("https://hub.example.org", "t0ken").sign_in()


# What is shown.


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "https://x/\x1b[2J", "https://x y"])
@virtually
async def test_an_address_that_could_harm_is_not_shown(uri: str) -> None:
    wire = Scripted(lambda request, form: httpx.Response(200, json={**DEVICE, "verification_uri": uri}))
    with pytest.raises(BadAnswer, match="not a URL"):
        await signed_in(KeycloakCredential(**KEYCLOAK), wire)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


CODE = DeviceCode("WDJB-MJHT", "https://id.example.org/device", None, 600.0)


def test_a_terminal_gets_a_qr_code_and_a_file_does_not() -> None:
    terminal, file = Terminal(), io.StringIO()
    prompts.write(CODE, terminal)
    prompts.write(CODE, file)
    assert "\n    https://id.example.org/device\n\nand enter the code WDJB-MJHT. It is valid for 10 min.\n" in (
        file.getvalue()
    )
    assert terminal.getvalue().startswith(file.getvalue())
    assert terminal.getvalue().count("\n") > file.getvalue().count("\n") + 10
    assert "█" in terminal.getvalue()


def test_a_notebook_gets_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    class Shell:
        kernel = object()

    class FakeIPython:
        get_ipython = staticmethod(Shell)

        class display:  # noqa: N801  # IPython's own
            display = staticmethod(shown.append)

    monkeypatch.setitem(sys.modules, "IPython", FakeIPython)  # type: ignore[arg-type]  # a double
    prompts.show(DeviceCode("<b>", "https://id.example.org/device?a=1&b=2", None, 600.0))
    (link,) = shown
    assert 'href="https://id.example.org/device?a=1&amp;b=2"' in link._repr_html_()
    assert "&lt;b&gt;" in link._repr_html_()


async def test_a_session_with_a_provider_alone() -> None:
    wire = Scripted(tokens)
    credential = KeycloakCredential(**KEYCLOAK, client_secret="s3cret")
    async with provider_session(credential, wire) as post:
        await credential.sign_in(post)
    assert len(wire.requests) == 1
