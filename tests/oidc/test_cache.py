"""Tokens on disk: who can read them, who shares them, and what happens to files that are not right."""

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import MissingExtra, OidcCredential, TokenCacheError
from qcaas_sdk._oidc.cache import CacheKey, FileCache, decoded, default_root, encoded
from qcaas_sdk._oidc.tokens import Tokens
from qcaas_sdk.testing import EPOCH, SimulatedCloud, SimulatedProvider, VirtualClock
from tests.oidc.fakes import client_for, credential_for
from tests.testing.virtually import virtually

KEY = CacheKey("https://id.example.org", "sdk", "", "openid", "device")
TOKENS = Tokens("access-secret", "refresh-secret", None, EPOCH, 300.0)

texts = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=40)


@given(access=texts, refresh=st.none() | texts, life=st.floats(0.0, 1e9) | st.just(float("inf")))
def test_what_is_written_is_read(access: str, refresh: str | None, life: float) -> None:
    tokens = Tokens(access, refresh, None, EPOCH, life)
    text = encoded(tokens, KEY)
    assert "secret" not in repr(TOKENS)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert decoded(text, KEY) == tokens


@given(text=st.text(max_size=60) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_nothing(text: str) -> None:
    assert decoded(text, KEY) is None


@given(st.lists(texts, min_size=5, max_size=5), st.lists(texts, min_size=5, max_size=5))
def test_each_key_has_a_file_of_its_own(one: list[str], other: list[str]) -> None:
    first, second = CacheKey(*one), CacheKey(*other)
    assert (first.name == second.name) == (first.parts == second.parts)
    assert (decoded(encoded(TOKENS, first), second) is None) == (first.parts != second.parts)


@virtually
async def test_files_can_be_read_by_their_owner_alone_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "umask", os.umask)
    before = os.umask(0)
    try:
        cache, seen = FileCache(tmp_path / "a" / "tokens", KEY), list[int]()
        real = os.fsync

        def looked(descriptor: int) -> None:
            seen.extend(stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a" / "tokens").iterdir())
            real(descriptor)

        monkeypatch.setattr(os, "fsync", looked)
        async with cache.locked(VirtualClock()):
            cache.store(TOKENS)
            cache.store(TOKENS)
    finally:
        os.umask(before)
    assert set(seen) == {0o600}
    assert len(seen) >= 4
    assert stat.S_IMODE((tmp_path / "a" / "tokens").stat().st_mode) == 0o700
    assert cache.load() == TOKENS
    assert sorted(path.suffix for path in (tmp_path / "a" / "tokens").iterdir()) == [".json", ".lock"]


def spoiled(path: Path, how: str) -> None:
    match how:
        case "empty":
            path.write_text("")
        case "cut":
            path.write_bytes(path.read_bytes()[:-20])
        case "binary":
            path.write_bytes(b"\xff\xfe")
        case "of another key":
            path.write_text(encoded(TOKENS, CacheKey("https://other.example", "sdk", "", "openid", "device")))
        case "readable by others":
            path.chmod(0o644)
        case "a link":
            path.rename(path.with_name("elsewhere"))
            path.symlink_to(path.with_name("elsewhere"))
        case "a folder":
            path.unlink()
            path.mkdir()
        case "a pipe":
            path.unlink()
            os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    "how", ["empty", "cut", "binary", "of another key", "readable by others", "a link", "a folder", "a pipe"]
)
def test_a_file_that_is_not_right_is_ignored_with_a_warning(tmp_path: Path, how: str) -> None:
    cache = FileCache(tmp_path, KEY)
    cache.store(TOKENS)
    (path,) = tmp_path.iterdir()
    spoiled(path, how)
    with pytest.warns(UserWarning, match=r"the token cache .*: it is ignored, because") as caught:
        assert cache.load() is None
    assert not any("secret" in str(one.message) for one in caught)


@virtually
async def test_a_damaged_file_costs_a_sign_in_and_is_replaced(cache_root: Path) -> None:
    provider = SimulatedProvider(SimulatedCloud())
    client = await client_for(credential_for(provider), provider.transport)
    await client.request("GET", "/admin/qpu")
    (path,) = cache_root.glob("*.json")
    path.write_text("{")
    again = await client_for(credential_for(provider), provider.transport)
    with pytest.warns(UserWarning, match="damaged or not a file of this package"):
        await again.request("GET", "/admin/qpu")
    assert provider.ledger.given == 2
    third = await client_for(credential_for(provider), provider.transport)
    await third.request("GET", "/admin/qpu")
    assert provider.ledger.given == 2


@pytest.mark.parametrize("how", ["a file", "read-only"])
@virtually
async def test_a_cache_that_cannot_be_written_is_said_before_anything_is_sent(tmp_path: Path, how: str) -> None:
    root = tmp_path / "root"
    if how == "a file":
        root.write_text("")
    elif os.geteuid() == 0:
        root = Path("/proc/1/tokens")  # root may write everywhere else
    else:
        root.mkdir(mode=0o500)
    provider = SimulatedProvider(SimulatedCloud())
    client = await client_for(credential_for(provider, cache=root), provider.transport)
    with pytest.raises(TokenCacheError, match=r"cannot be written .*OQC_OIDC_CACHE_ROOT.*cache=False") as caught:
        await client.request("GET", "/admin/qpu")
    assert caught.value.file == str(root)
    assert provider.ledger.requests == 0
    without = await client_for(credential_for(provider, cache=False), provider.transport)
    await without.request("GET", "/admin/qpu")


@virtually
async def test_a_disk_that_fills_up_loses_no_tokens(cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    provider = SimulatedProvider(SimulatedCloud())
    client = await client_for(credential_for(provider), provider.transport)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match="new tokens could not be written"):
        await client.request("GET", "/admin/qpu")
    await client.request("GET", "/admin/qpu")
    assert provider.ledger.given == 1
    assert [path.suffix for path in cache_root.iterdir()] == [".lock"]


@virtually
@pytest.mark.slow
async def test_credentials_that_share_a_rotating_refresh_token_never_use_it_twice() -> None:
    provider = SimulatedProvider(SimulatedCloud(), rotates=True, token_life_s=2.0)
    first = credential_for(provider, "device")
    client = await client_for(first, provider.transport)
    await first.sign_in(client.login_requests(), lambda code: None)

    async def work(seconds: float) -> None:
        mine = await client_for(credential_for(provider, "device"), provider.transport)
        while asyncio.get_running_loop().time() < seconds:
            await mine.request("GET", "/admin/qpu")
            await asyncio.sleep(0.05)

    await asyncio.gather(*(work(60.0) for _ in range(5)))
    assert provider.ledger.most_in_flight == 1
    assert 30 <= provider.ledger.given <= 40


@virtually
async def test_a_process_that_never_frees_the_lock_is_named(cache_root: Path) -> None:
    provider = SimulatedProvider(SimulatedCloud())
    cache = FileCache(cache_root, KEY)
    async with cache.locked(VirtualClock()):
        with pytest.raises(TokenCacheError, match="another process has held its lock for 90 s"):
            async with cache.locked(VirtualClock()):
                raise AssertionError
    assert provider.ledger.requests == 0


@pytest.mark.parametrize("skew_s", [-7200.0, 7200.0])
@virtually
async def test_a_clock_that_was_set_is_no_obstacle(skew_s: float) -> None:
    provider = SimulatedProvider(SimulatedCloud())
    client = await client_for(credential_for(provider), provider.transport)
    await client.request("GET", "/admin/qpu")
    from qcaas_sdk._http import HttpClient

    other = HttpClient(
        "https://hub.example.com",
        credential_for(provider),
        http_transport=provider.transport,
        clock=VirtualClock(skew_s=skew_s),
    )
    await other.open()
    await other.request("GET", "/admin/qpu")
    assert provider.ledger.given == 2
    assert provider.ledger.refused == 0


@pytest.mark.skipif(os.name != "posix", reason="other systems keep state elsewhere")
def test_the_place_is_the_users_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OQC_OIDC_CACHE_ROOT")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_root() == tmp_path / "qcaas-sdk" / "tokens"
    monkeypatch.setenv("OQC_OIDC_CACHE_ROOT", str(tmp_path / "elsewhere"))
    assert default_root() == tmp_path / "elsewhere"


class FakeKeyring:
    """The keyring of a system."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.held.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.held[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.held[service, user]


@virtually
async def test_the_keyring_keeps_tokens_and_no_file_does(monkeypatch: pytest.MonkeyPatch, cache_root: Path) -> None:
    import sys

    ring = FakeKeyring()
    monkeypatch.setitem(sys.modules, "keyring", ring)  # type: ignore[arg-type]  # a double
    provider = SimulatedProvider(SimulatedCloud())
    for _ in range(2):
        credential = credential_for(provider, cache="keyring")
        client = await client_for(credential, provider.transport)
        await client.request("GET", "/admin/qpu")
    assert provider.ledger.given == 1
    assert [path.suffix for path in cache_root.iterdir()] == [".lock"]
    assert len(ring.held) == 1
    await credential.sign_out(client.login_requests())
    assert not ring.held


def test_a_keyring_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingExtra, match=r"pip install \"qcaas-sdk\[keyring\]\""):
        OidcCredential("https://id.example.org", "sdk", cache="keyring")


def test_a_keyring_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    class Broken(FakeKeyring):
        def get_password(self, service: str, user: str) -> str | None:
            raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", Broken())  # type: ignore[arg-type]  # a double
    credential: Any = OidcCredential("https://id.example.org", "sdk", cache="keyring")
    with pytest.raises(TokenCacheError, match="the token cache keyring: it cannot be read"):
        credential.whoami()
