"""Every flow at a certified provider (npm: `oidc-provider`), over sockets on loopback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qcaas_sdk import AuthenticationError, DeviceCode, OidcCredential, OqcSdk, SignInFailed, SignInRequired
from qcaas_sdk._oidc.session import provider_session
from tests.oidc.real_provider import MACHINE, RealProvider, running, skip_unless_installed
from tests.soak import sign_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real provider")]

skip_unless_installed()


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with running(life=30) as found:
        yield found


def on(provider: RealProvider, credential: OidcCredential) -> OqcSdk:
    return OqcSdk(provider.issuer, credential=credential)


def public(provider: RealProvider, **options: object) -> OidcCredential:
    return OidcCredential(provider.issuer, "public", **options)  # type: ignore[arg-type]  # a test's


async def test_client_credentials(provider: RealProvider) -> None:
    async with on(provider, OidcCredential(provider.issuer, **MACHINE)) as sdk:
        assert [qpu["id"] for qpu in await sdk.list_qpus()] == ["qpu"]


async def test_client_credentials_in_a_header() -> None:
    with running(methods=["client_secret_basic"]) as provider:
        credential = OidcCredential(provider.issuer, "basic", client_secret="the basic secret/+ &", scope="qcaas")
        async with on(provider, credential) as sdk:
            assert [qpu["id"] for qpu in await sdk.list_qpus()] == ["qpu"]


async def test_the_device_flow_with_rotation_revocation_and_a_second_process(provider: RealProvider) -> None:
    shown: list[DeviceCode] = []

    def prompt(code: DeviceCode) -> None:
        shown.append(code)
        provider.approve(code)

    sdk = on(provider, public(provider))
    with pytest.raises(SignInRequired, match="nobody is signed in"):
        await sdk.open()
    who = await sdk.sign_in(prompt)
    assert (who.user, who.client_id, who.renewable) == ("ann@example.org", "public", True)
    before = provider.counts()
    async with sdk:
        provider.get("/counts")
        sdk_of_next_process = on(provider, public(provider))
        async with sdk_of_next_process as other:
            assert await other.list_qpus()
            assert (await other.sign_in(prompt)).user == "ann@example.org"
        assert len(shown) == 1
        assert provider.counts()["refused"] == before["refused"]
        assert await sdk.sign_out()
        assert not await sdk.sign_out()
        with pytest.raises(SignInRequired):
            await sdk.list_qpus()
    with pytest.raises(SignInRequired):
        await sdk_of_next_process.open()


async def test_an_expired_token_is_renewed_and_each_refresh_token_is_used_once(provider: RealProvider) -> None:
    credential = public(provider)
    sdk = on(provider, credential)
    await sdk.sign_in(provider.approve)
    before = provider.counts()
    async with provider_session(credential) as post, sdk:
        for _ in range(3):
            assert credential.renew(await credential.headers(post))
            await sdk.list_qpus()
    after = provider.counts()
    assert after["token"] - before["token"] == after["refresh"] - before["refresh"] == 3
    assert after["refused"] == before["refused"]


async def test_a_denied_code(provider: RealProvider) -> None:
    with pytest.raises(
        SignInFailed, match=r"refused the sign-in \(access_denied.*\); the sign-in was denied"
    ) as caught:
        await on(provider, public(provider)).sign_in(provider.deny)
    assert caught.value.code == "access_denied"


async def test_a_code_that_nobody_enters() -> None:
    with (
        running(code=1) as provider,
        pytest.raises(SignInFailed, match=r"\(expired_token.*\); the code was not entered in time"),
    ):
        await on(provider, public(provider)).sign_in(lambda code: None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**MACHINE, "client_secret": "wrong secret"}, r"\(invalid_client: .*\); check client_id and client_secret"),
        ({**MACHINE, "client_id": "nobody"}, r"\(invalid_client: .*\); check client_id and client_secret"),
        ({**MACHINE, "client_id": "basic"}, r"\(invalid_client: .*\); check client_id and client_secret"),
    ],
)
async def test_wrong_clients(provider: RealProvider, options: dict[str, str], message: str) -> None:
    with pytest.raises(SignInFailed, match=message) as caught:
        await on(provider, OidcCredential(provider.issuer, **options)).open()  # type: ignore[arg-type]  # a test's
    assert options["client_secret"] not in str(caught.value)


async def test_a_wrong_issuer(provider: RealProvider) -> None:
    with pytest.raises(SignInFailed, match=r"there is no OpenID provider at .*/realms/none \(404\); check issuer"):
        await on(provider, OidcCredential(f"{provider.issuer}/realms/none", **MACHINE)).open()
    with pytest.raises(SignInFailed, match=r"calls itself .*, which is another issuer"):
        other = provider.issuer.replace("127.0.0.1", "localhost")
        await on(provider, OidcCredential(other, **MACHINE)).open()


async def test_a_service_that_does_not_take_the_token(provider: RealProvider) -> None:
    with running() as other:
        sdk = OqcSdk(other.issuer, credential=OidcCredential(provider.issuer, **MACHINE))
        with pytest.raises(AuthenticationError, match="check that the scope asks for access to this service"):
            await sdk.open()


def test_the_command_line(provider: RealProvider, cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def qcaas(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "qcaas_sdk", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    monkeypatch.setenv("OQC_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("OQC_OIDC_CLIENT_ID", "public")
    monkeypatch.setenv("OQC_URL", provider.issuer)
    out, err = (nobody := qcaas("whoami")).communicate()
    assert (nobody.returncode, out) == (3, "")
    assert "run `qcaas login`" in err
    refused = qcaas("qpus")
    assert "nobody is signed in" in refused.communicate()[1]
    assert refused.returncode == 3
    login = qcaas("login")
    assert login.stderr is not None
    lines: list[str] = []
    while "the code" not in (line := login.stderr.readline()):
        assert line, login.communicate()
        lines.append(line)
    assert any(f"{provider.issuer}/device" in one for one in lines)
    code = line.partition("the code ")[2].partition(".")[0]
    provider.get("/approve", code=code, user="bob@example.org")
    out, err = login.communicate()
    assert login.returncode == 0, err
    assert out.startswith("signed in: bob@example.org at")
    assert "bob@example.org" in qcaas("whoami").communicate()[0]
    assert "A QPU" in qcaas("qpus").communicate()[0]
    monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "t0ken")
    assert "OQC_AUTHENTICATION_TOKEN is set, and used instead" in qcaas("login").communicate()[1]
    monkeypatch.delenv("OQC_AUTHENTICATION_TOKEN")
    assert qcaas("login").communicate()[1] == ""
    assert qcaas("logout").communicate()[0] == f"signed out of {provider.issuer}\n"
    assert qcaas("logout").communicate()[0] == f"nobody was signed in at {provider.issuer}\n"


def test_processes_that_share_a_rotating_refresh_token_never_lose_the_sign_in(
    cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OQC_OIDC_CACHE_ROOT", str(cache_root))
    outcome = sign_in.run(5.0)
    assert outcome.errors == []
    assert outcome.requests > 20
    assert outcome.refreshes >= 2
