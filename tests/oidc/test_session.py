"""The connections of an SDK while somebody signs in: open, opening, not open."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from qcaas_sdk import DeviceCode, InvalidArgument, OqcSdk, SignInRequired, TokenCacheError
from qcaas_sdk._oidc.cache import CacheKey
from qcaas_sdk.cli.app import command_line
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.testing import SimulatedCloud, SimulatedProvider
from tests.oidc.fakes import credential_for, sdk_behind
from tests.testing.virtually import virtually


def behind(flow: str) -> tuple[SimulatedProvider, OqcSdk]:
    provider = SimulatedProvider(cloud := SimulatedCloud())
    return provider, sdk_behind(provider, cloud, credential_for(provider, flow, cache=False))


def ignored(code: DeviceCode) -> None:
    pass


@virtually
async def test_an_sdk_that_opens_during_a_sign_in_stays_open() -> None:
    _, sdk = behind("client_credentials")
    await asyncio.gather(sdk.sign_in(), sdk.open())
    assert await sdk.list_qpus()
    await sdk.close()


@virtually
async def test_two_sign_ins_at_once_both_end() -> None:
    _, sdk = behind("device")
    one, other = await asyncio.gather(sdk.sign_in(ignored), sdk.sign_in(ignored))
    assert (one.user, one.client_id) == (other.user, other.client_id)


@virtually
async def test_an_sdk_that_cannot_open_does_not_end_a_sign_in() -> None:
    _, sdk = behind("device")

    async def opened() -> None:
        with pytest.raises(SignInRequired):
            await sdk.open()

    await asyncio.gather(sdk.sign_in(ignored), opened())
    async with sdk:
        assert await sdk.list_qpus()


@virtually
async def test_a_prompt_may_be_a_coroutine_function() -> None:
    _, sdk = behind("device")
    shown: list[str] = []

    async def prompt(code: DeviceCode) -> None:
        await asyncio.sleep(0.1)
        shown.append(code.user_code)

    await sdk.sign_in(prompt)
    assert len(shown) == 1


@virtually
async def test_a_prompt_that_is_not_a_function_is_named_before_anything_is_sent() -> None:
    provider, sdk = behind("device")
    with pytest.raises(InvalidArgument, match="prompt must be a function of one DeviceCode") as caught:
        await sdk.sign_in("on the terminal")  # type: ignore[arg-type]  # the mistake
    assert caught.value.argument == "prompt"
    assert provider.ledger.requests == 0


@virtually
async def test_tokens_that_cannot_be_deleted_are_named(cache_root: Path) -> None:
    provider = SimulatedProvider(cloud := SimulatedCloud())
    sdk = sdk_behind(provider, cloud, credential_for(provider))
    await sdk.sign_in()
    (path,) = cache_root.glob("*.json")
    path.unlink()
    path.mkdir()
    with pytest.warns(UserWarning, match="it is ignored"), pytest.raises(TokenCacheError, match="cannot be deleted"):
        await sdk.sign_out()


@pytest.mark.parametrize(("said", "api"), [("1", "v4"), ("0", "v3"), ("", "auto")])
def test_the_command_line_honours_the_version_in_the_environment(
    said: str, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OQC_QCAAS_V4", said)
    assert f"api='{api}'" in repr(Connection.of("https://hub.example.org", "t0ken").sdk())


@pytest.mark.filterwarnings("default:the token cache")
def test_the_command_line_shows_a_warning_as_one_line(cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OQC_OIDC_ISSUER", "https://id.example.org")
    monkeypatch.setenv("OQC_OIDC_CLIENT_ID", "sdk")
    key = CacheKey("https://id.example.org", "sdk", "", "openid offline_access", "device")
    cache_root.mkdir()
    path = cache_root / f"{key.name}.json"
    path.touch(mode=0o600)
    result = CliRunner().invoke(command_line(), ["whoami"])
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        f"qcaas: the token cache {path}: it is ignored, because it is damaged or not a file of this package",
        "qcaas: nobody is signed in at https://id.example.org; run `qcaas login`",
    ]
