"""Bodies and statuses, judged: what is strict, what is forgiven, what is never repeated to the user."""

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk._http.request_size import encode
from qcaas_sdk._http.responses import error_from_response, plain, read_json
from qcaas_sdk.errors import BadAnswer, RequestRefused


@pytest.mark.parametrize(
    "body", [b"nan", b'{"a": Inf}', b"{'a': 1}", b"[1,]", b"{} {}", b"\xc3", b"[" * 900 + b"]" * 899]
)
def test_only_json_is_json(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_json(body, "GET /x")
    assert caught.value.may_have_arrived


@pytest.mark.parametrize(
    ("body", "value"), [(b"", None), (b" \r\n", None), (b"\xef\xbb\xbf[1]", [1]), (b"null", None)]
)
def test_harmless_oddities_are_forgiven(body: bytes, value: object) -> None:
    assert read_json(body, "GET /x") == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text('aé\n"€'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("kß"), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_what_is_encoded_is_read_back(value: object) -> None:
    assert read_json(encode(value), "GET /x") == value  # type: ignore[arg-type]  # Hypothesis types it loosely


SECRET = 's3cr"t\\té'


@pytest.mark.parametrize(
    "body",
    [
        encode({"response": {"errors": [f"bad password {SECRET}"]}}),
        encode({"detail": [{"loc": ["body"], "input": {"password": SECRET}}]}),
        encode({"message": SECRET}),
        f"<p>you sent {SECRET}</p>".encode(),
        b"<p>" + encode({"password": SECRET}) + b"</p>",
        f"<p>{html.escape(SECRET)}</p><a href='/?p={quote(SECRET)}'>".encode(),
        json.dumps({"sent": SECRET, "by": [SECRET]}).encode(),
        ("x" * 190 + SECRET).encode(),
        ("x" * 495 + SECRET).encode(),
    ],
)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 422, 429, 500, 503])
def test_a_secret_that_the_server_echoes_is_struck_out(body: bytes, status: int) -> None:
    error = error_from_response(status, body, "POST host/admin/login", secrets=[SECRET])
    for shown in (str(error), repr(error), repr(getattr(error, "messages", ()))):
        assert "s3cr" not in shown


def test_a_secret_in_a_web_page_answered_with_200_is_struck_out_too() -> None:
    with pytest.raises(BadAnswer) as caught:
        read_json(f"<p>{SECRET}</p>".encode(), "GET /x", [SECRET])
    assert "s3cr" not in str(caught.value)


def test_a_page_is_told_in_one_line_without_tags_scripts_and_terminal_codes() -> None:
    page = b"<html><style>p {}</style><script>alert(1)</script><h1>Bad\n gateway</h1>\x1b[31mred\x07</html>"
    assert plain(page) == r"Bad gateway \x1b[31mred\x07"


@given(st.binary(max_size=300), st.integers(300, 599))
def test_any_refusal_has_a_name_and_one_short_printable_line(body: bytes, status: int) -> None:
    error = error_from_response(status, body, "GET host/x", secrets=["abcd"])
    assert str(error).startswith("GET host/x")
    assert str(error).isprintable()
    assert len(str(error)) < 1000


@pytest.mark.slow
def test_a_flood_of_messages_is_cut() -> None:
    error = error_from_response(400, encode({"response": {"errors": ["no" * 5000] * 5000}}), "GET host/x")
    assert isinstance(error, RequestRefused)
    assert len(str(error)) < 20_000


def test_a_redirect_says_where_to_by_host_alone() -> None:
    error = error_from_response(307, b"", "GET host/x", location="https://u:pw@login.example.net/sso?ticket=1")
    assert "login.example.net" in str(error)
    assert not any(secret in str(error) for secret in ("pw@", "ticket", "sso"))


def test_a_404_that_is_no_answer_of_the_service_asks_whether_the_address_is_right() -> None:
    assert "is this the URL of a QCaaS service?" in str(error_from_response(404, b"<h1>Not found</h1>", "GET host/x"))
    assert "is this" not in str(error_from_response(404, encode({"detail": "no such task"}), "GET host/x"))
