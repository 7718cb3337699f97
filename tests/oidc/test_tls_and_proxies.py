"""A CA of the user's own, and a proxy: service and provider use both, from the environment and from an argument."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from qcaas_sdk import OidcCredential, OqcSdk, ServerUnreachable
from tests.oidc.proxy import proxy_to
from tests.oidc.real_provider import MACHINE, RealProvider, running, skip_unless_installed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real provider")]

skip_unless_installed()

ISSUER, SERVICE = "https://id.provider.test", "https://hub.service.test"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return path


def certified(ca: trustme.CA) -> dict[str, str]:
    leaf = ca.issue_cert("id.provider.test", "hub.service.test", "127.0.0.1")
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return {"key": leaf.private_key_pem.bytes().decode(), "cert": chain.decode()}


@pytest.fixture(scope="module")
def direct(ca: trustme.CA) -> Iterator[RealProvider]:
    with running(**certified(ca)) as found:
        yield found


@pytest.fixture(scope="module")
def elsewhere(ca: trustme.CA) -> Iterator[RealProvider]:
    with running(**certified(ca), issuer=ISSUER, service=SERVICE) as found:
        yield found


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def context(bundle: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(bundle))


async def test_a_ca_that_is_not_known_is_said_for_the_provider(direct: RealProvider) -> None:
    sdk = OqcSdk(direct.issuer, credential=OidcCredential(direct.issuer, **MACHINE))
    with pytest.raises(ServerUnreachable, match=r"certificate cannot be verified: .* set SSL_CERT_FILE"):
        await sdk.open()
    with pytest.raises(ServerUnreachable, match=r"openid-configuration.*certificate cannot be verified"):
        await sdk.sign_in()


async def test_a_ca_in_the_environment(direct: RealProvider, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    async with OqcSdk(direct.issuer, credential=OidcCredential(direct.issuer, **MACHINE)) as sdk:
        assert await sdk.list_qpus()


async def test_a_ca_in_an_argument(direct: RealProvider, bundle: Path) -> None:
    network = httpx.AsyncHTTPTransport(verify=context(bundle))
    async with OqcSdk(
        direct.issuer, credential=OidcCredential(direct.issuer, **MACHINE), http_transport=network
    ) as sdk:
        assert await sdk.list_qpus()


async def test_a_proxy_in_the_environment(
    elsewhere: RealProvider, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    async with proxy_to(elsewhere.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with OqcSdk(SERVICE, credential=OidcCredential(ISSUER, **MACHINE)) as sdk:
            assert await sdk.list_qpus()
        assert set(proxy.hosts) == {"id.provider.test:443", "hub.service.test:443"}


async def test_a_proxy_in_an_argument(elsewhere: RealProvider, bundle: Path) -> None:
    async with proxy_to(elsewhere.port) as proxy:
        network = httpx.AsyncHTTPTransport(verify=context(bundle), proxy=proxy.url)
        async with OqcSdk(SERVICE, credential=OidcCredential(ISSUER, **MACHINE), http_transport=network) as sdk:
            assert await sdk.list_qpus()
        assert set(proxy.hosts) == {"id.provider.test:443", "hub.service.test:443"}
