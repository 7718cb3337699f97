"""A URL that is put together from what was parsed before is the one that httpx would parse."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qcaas_sdk._http.urls import UrlCache

ORIGINS = [
    "https://cloud.example.org",
    "https://Cloud.Example.ORG:443",
    "http://localhost:8000",
    "http://127.0.0.1:1",
    "http://[::1]:8000",
    "https://example.org:8443",
]
CACHE = UrlCache()


@given(
    st.sampled_from(ORIGINS),
    st.one_of(
        st.uuids().map(lambda task: f"/tasks/{task}/all_info"),
        st.text(st.sampled_from("ab1/.~-_%2Fé ?#:@;"), max_size=12).map("/".__add__),
        st.just(""),
    ),
)
@example("http://localhost:8000", "/a/../b")
@example("http://localhost:8000", "/a//b")
@example("http://localhost:8000", "/a/./b")
@example("http://localhost:8000", "/...")
def test_any_path_is_as_httpx_parses_it(origin: str, path: str) -> None:
    parsed, made = httpx.URL(origin + path), CACHE.url(origin + path)
    assert made == parsed
    for part in ("raw_scheme", "raw_host", "port", "raw_path", "netloc", "path", "query", "host", "fragment"):
        assert getattr(made, part) == getattr(parsed, part)
    assert str(made) == str(parsed)
    assert httpx.Request("GET", made).headers == httpx.Request("GET", parsed).headers


@pytest.mark.parametrize("text", ["http://[::1/x", "https://exa mple.org:x/x", "http://host:port/x"])
def test_what_is_no_url_is_refused_as_httpx_refuses_it(text: str) -> None:
    with pytest.raises(httpx.InvalidURL):
        httpx.URL(text)
    for _ in range(2):
        with pytest.raises(httpx.InvalidURL):
            UrlCache().url(text)


def test_a_host_is_parsed_once() -> None:
    cache = UrlCache()
    for number in range(100):
        cache.url(f"https://cloud.example.org/tasks/{number}/status")
    assert list(cache.origins) == ["https://cloud.example.org"]
    for number in range(3000):
        cache.url(f"https://h{number}.example.org/x")
    assert len(cache.origins) <= 1000
