"""How long to try, and what Retry-After means."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http import RetryPolicy
from qcaas_sdk._http.retry import retry_after

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "-7"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2015 00:00:00 GMT"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    headers = {"retry-after": "Thu, 01 Jan 2026 05:00:10 GMT", "date": "Thu, 01 Jan 2026 05:00:00 GMT"}
    assert retry_after(headers, NOW) == 10.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_gives_seconds_or_nothing(asked: str, date: str) -> None:
    seconds = retry_after({"retry-after": asked, "date": date}, NOW)
    assert seconds is None or 0.0 <= seconds < float("inf")


@given(st.integers(2, 500), st.integers())
def test_pauses_are_bounded(attempt: int, seed: int) -> None:
    assert 0.0 <= RetryPolicy().backoff(attempt, random.Random(seed)) <= 10.0


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
@pytest.mark.parametrize("name", ["total_s", "read_timeout_s", "connect_timeout_s"])
def test_limits_are_more_than_nothing(name: str, wrong: float) -> None:
    with pytest.raises(ValueError, match=name):
        RetryPolicy(**{name: wrong})
