"""The credential goes to the host the user named, to its kin, and nowhere else."""

import contextlib
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http.trusted_hosts import TrustedHosts, checked_base_url
from qcaas_sdk.errors import UntrustedHost
from tests.http.fakes import TOKEN, FakeServer, answer


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("https://cloud.oqc.app", "https://cloud.oqc.app:8443/tasks"),
        ("https://cloud.oqc.app", "https://qpu-1.oqc.app"),
        ("https://a.example.co.uk", "https://b.c.example.co.uk"),
        ("http://localhost:8000", "http://127.0.0.1:9000"),
        ("http://127.0.0.1", "http://localhost"),
        ("http://[::1]:80", "http://localhost"),
    ],
)
def test_kin_may_see_the_credential(base: str, other: str) -> None:
    TrustedHosts(base, ()).check(other)


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("https://cloud.oqc.app", "https://cloud.oqc.app.evil.com"),
        ("https://cloud.oqc.app", "https://evil.app"),
        ("https://a.co.uk", "https://b.co.uk"),
        ("https://me.github.io", "https://you.github.io"),
        ("https://cloud.oqc.app", "http://cloud.oqc.app"),
        ("https://cloud.oqc.app", "https://127.0.0.1"),
        ("https://10.0.0.1", "https://10.0.0.2"),
        ("https://intranet", "https://other"),
        ("https://cloud.oqc.app", "https://user@cloud.oqc.app"),
        ("https://cloud.oqc.app", "file:///etc/passwd"),
        ("https://cloud.oqc.app", "https://[broken"),
        ("https://cloud.oqc.app", ""),
        ("https://cloud.oqc.app", "https://evil.com\\.oqc.app"),
        ("https://cloud.oqc.app", "https://evil.com%2f.oqc.app"),
        ("https://cloud.oqc.app", "https://ü.oqc.app"),
        ("https://cloud.oqc.app", "https://cloud.oqc.app:port"),
        ("https://cloud.oqc.app", "//cloud.oqc.app/tasks"),
    ],
)
def test_others_may_not(base: str, other: str) -> None:
    with pytest.raises(UntrustedHost, match=r"not sent|nothing was sent"):
        TrustedHosts(base, ()).check(other)


def test_a_host_that_the_user_allows_may() -> None:
    TrustedHosts("https://cloud.oqc.app", ["qpu.elsewhere.net"]).check("https://qpu.elsewhere.net/tasks")
    with pytest.raises(UntrustedHost, match="uses http: the credential was not sent unencrypted"):
        TrustedHosts("https://cloud.oqc.app", ["qpu.elsewhere.net"]).check("http://qpu.elsewhere.net/tasks")


@pytest.mark.parametrize("allowed", ["https://lab.internal", "lab.internal:8000", "lab.internal/tasks", "", "*.lab"])
def test_an_allowed_host_that_could_never_match_is_refused(allowed: str) -> None:
    with pytest.raises(ValueError, match="bare host names"):
        TrustedHosts("https://cloud.oqc.app", [allowed])


@pytest.mark.parametrize("allowed", ["Lab.Internal", ["[fd00::1]", "lab.internal"], ("lab.internal",)])
def test_allowed_hosts_are_read_kindly(allowed: Collection[str]) -> None:
    TrustedHosts("https://cloud.oqc.app", allowed).check("https://lab.internal:8000/tasks")


@pytest.mark.parametrize(
    "path", ["@evil.example.com/x", ".evil.com/x", ":pw@evil.com/x", "/admin/qpu/https://evil.com"]
)
async def test_no_path_leads_to_another_host(path: str) -> None:
    server = FakeServer(answer("yes"))
    transport = await server.transport()
    with contextlib.suppress(UntrustedHost):
        await transport.request("GET", path)
    assert {request.url.host for request in server.requests} <= {"cloud.example.org"}


def test_a_credential_never_goes_to_the_network_in_the_clear_unless_the_user_says_so() -> None:
    with pytest.raises(ValueError, match="send the credential unencrypted"):
        TrustedHosts("http://cloud.oqc.app", ())
    TrustedHosts("http://lab.internal", ["lab.internal"]).check("http://lab.internal/tasks")


async def test_an_untrusted_address_gets_no_request_at_all() -> None:
    server = FakeServer(answer("yes"))
    transport = await server.transport()
    with pytest.raises(UntrustedHost) as caught:
        await transport.request("GET", "https://evil.example.com/tasks")
    assert server.requests == []
    assert TOKEN not in str(caught.value)


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5}){1,3}", fullmatch=True))
def test_only_the_same_registrable_domain_is_kin(host: str) -> None:
    trusted = TrustedHosts("https://cloud.example.org", ())
    try:
        trusted.check(f"https://{host}/tasks")
    except UntrustedHost:
        assert not host.endswith(".example.org")
    else:
        assert host == "example.org" or host.endswith(".example.org")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cloud.oqc.app",
        "ftp://cloud.oqc.app",
        "https://",
        "https://h:99999",
        "https://h?x=1",
        "https://h#f",
        "https://[::1",
        "https://h?",
        "https://h#",
        "https://h\\evil.com",
        "https://a b",
        "https://" + "a" * 64 + ".com",
        "https://büro.example",
        "https://h:0",
        "https://me:hunter2",
        "https://me:hunter2@",
        "https://me:hunter2＃@host",
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        checked_base_url(url)
    assert "hunter2" not in str(caught.value)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="user name") as caught:
        checked_base_url("https://me:hunter2@cloud.oqc.app")
    assert "hunter2" not in str(caught.value)


def test_a_slash_at_the_end_makes_no_difference() -> None:
    assert checked_base_url(" https://cloud.oqc.app/ ") == "https://cloud.oqc.app"
