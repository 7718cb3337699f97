"""Tokens, logins, and what happens when they are refused."""

import asyncio
import json

import httpx
import pytest

from qcaas_sdk._http import HttpClient, PasswordCredential, RetryPolicy, TokenCredential, credential_from
from qcaas_sdk.errors import AuthenticationError, BadAnswer
from tests.http.fakes import URL, FakeServer, Step, answer


class LoginServer:
    """Gives a new token at each login; accepts only the newest."""

    def __init__(self, password: str = "hunter2") -> None:
        self.password = password
        self.logins = 0
        self.paths: list[str] = []
        self.still_valid = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path == "/admin/logout":
            return answer({"response": {"errors": ["not logged in"]}}, status=400)
        if request.url.path == "/admin/login":
            assert request.url.query == b"include_auth_token=true"
            if json.loads(request.content)["password"] != self.password:
                return answer({"response": {"errors": ["Invalid password"]}}, status=400)
            self.logins += 1
            self.still_valid = True
            return answer({"response": {"user": {"authentication_token": f"token-{self.logins}"}}})
        if not self.still_valid or request.headers["Authentication-Token"] != f"token-{self.logins}":
            return answer({"detail": "token expired"}, status=401)
        return answer("yes")


async def test_a_password_is_exchanged_for_a_token_once() -> None:
    server = LoginServer()
    transport = await FakeServer(server).transport(PasswordCredential("me@example.org", "hunter2"))
    answers = await asyncio.gather(*(transport.request("GET", "/x") for _ in range(5)))
    assert answers == ["yes"] * 5
    assert server.logins == 1
    assert server.paths[:2] == ["/admin/logout", "/admin/login"]


async def test_logins_that_meet_are_one_also_when_the_service_takes_its_time() -> None:
    server = LoginServer()

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.005)
        return server(request)

    transport = HttpClient(
        URL, PasswordCredential("me@example.org", "hunter2"), http_transport=httpx.MockTransport(slow)
    )
    await transport.open()
    assert await asyncio.gather(*(transport.request("GET", "/x") for _ in range(6))) == ["yes"] * 6
    assert server.logins == 1
    server.still_valid = False
    assert await asyncio.gather(*(transport.request("GET", "/x") for _ in range(6))) == ["yes"] * 6
    assert server.logins == 2


async def test_an_expired_login_is_renewed_once_and_the_request_repeated() -> None:
    server = LoginServer()
    transport = await FakeServer(server).transport(PasswordCredential("me@example.org", "hunter2"))
    await transport.request("GET", "/x")
    server.still_valid = False
    assert await transport.request("POST", "/tasks/submit", json={}, idempotent=False) == "yes"
    assert server.logins == 2


async def test_requests_that_meet_an_expired_login_renew_it_once() -> None:
    server = LoginServer()
    transport = await FakeServer(server).transport(PasswordCredential("me@example.org", "hunter2"))
    await transport.request("GET", "/x")
    server.still_valid = False
    await asyncio.gather(*(transport.request("GET", "/x") for _ in range(6)))
    assert server.logins == 2


async def test_a_wrong_password_is_said_without_showing_it() -> None:
    transport = await FakeServer(LoginServer()).transport(PasswordCredential("me@example.org", "wr0ng"))
    with pytest.raises(
        AuthenticationError, match=r"refused the login of me@example\.org: Invalid password"
    ) as caught:
        await transport.request("GET", "/x")
    assert "wr0ng" not in str(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_a_login_that_echoes_the_password_does_not_make_us_repeat_it(status: int) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return answer({"detail": [{"msg": "wrong", "input": json.loads(request.content)}]}, status=status)

    transport = await FakeServer(echo).transport(PasswordCredential("me@example.org", "hunter2"))
    with pytest.raises(AuthenticationError, match="check email and password") as caught:
        await transport.request("GET", "/x")
    assert "hunter2" not in str(caught.value)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "trouble", [httpx.ReadError("gone"), answer(status=500), httpx.Response(200, html="<p>hi</p>")]
)
async def test_a_logout_that_fails_is_no_obstacle(trouble: Step) -> None:
    server = LoginServer()

    def front(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/logout":
            if isinstance(trouble, Exception):
                raise trouble
            assert isinstance(trouble, httpx.Response)
            return trouble
        return server(request)

    transport = await FakeServer(front).transport(PasswordCredential("me@example.org", "hunter2"))
    assert await transport.request("GET", "/x") == "yes"


async def test_trouble_with_the_login_leaves_no_doubt_about_the_request_behind_it() -> None:
    server = LoginServer()
    troubles = [httpx.ReadError("gone"), answer(status=503)]

    def front(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/login" and troubles:
            trouble = troubles.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return trouble
        return server(request)

    transport = await FakeServer(front).transport(PasswordCredential("me@example.org", "hunter2"))
    assert await transport.request("POST", "/tasks/submit", json={}, idempotent=False) == "yes"
    assert server.paths.count("/tasks/submit") == 1


async def test_a_login_that_is_refused_again_at_once_is_not_tried_for_ever() -> None:
    def front(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/admin/log"):
            return answer({"response": {"user": {"authentication_token": "token"}}})
        return answer({"detail": "no"}, status=401)

    server = FakeServer(front)
    with pytest.raises(AuthenticationError):
        await (await server.transport(PasswordCredential("me@example.org", "hunter2"))).request("GET", "/x")
    assert server.paths.count("/admin/login") == 2
    assert server.paths.count("/x") == 2


def test_a_login_outlives_the_event_loop_it_was_made_in() -> None:
    credential = PasswordCredential("me@example.org", "hunter2")

    async def scenario() -> None:
        server = LoginServer()
        server.logins = 5
        transport = await FakeServer(server).transport(credential)
        answers = await asyncio.gather(*(transport.request("GET", "/x") for _ in range(5)))
        assert answers == ["yes"] * 5

    asyncio.run(scenario())
    asyncio.run(scenario())


async def test_a_cancelled_login_leaves_the_way_free() -> None:
    hang, server = asyncio.Event(), LoginServer()

    async def front(request: httpx.Request) -> httpx.Response:
        if not hang.is_set():
            await hang.wait()
        return server(request)

    transport = HttpClient(
        URL, PasswordCredential("me@example.org", "hunter2"), http_transport=httpx.MockTransport(front)
    )
    await transport.open()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await asyncio.gather(*(transport.request("GET", "/x") for _ in range(3)))
    hang.set()
    async with asyncio.timeout(5):
        assert await transport.request("GET", "/x") == "yes"


@pytest.mark.parametrize("token", ["", "two\nlines", 7])
async def test_a_login_that_gives_no_usable_token_is_a_bad_answer(token: object) -> None:
    transport = await FakeServer(answer({"response": {"user": {"authentication_token": token}}})).transport(
        PasswordCredential("me@example.org", "hunter2"), policy=RetryPolicy(total_s=5.0)
    )
    with pytest.raises(BadAnswer, match="login"):
        await transport.request("GET", "/x")


async def test_a_login_without_a_token_is_a_bad_answer() -> None:
    transport = await FakeServer(answer({"response": {}})).transport(PasswordCredential("me@example.org", "hunter2"))
    with pytest.raises(BadAnswer, match="sent no token"):
        await transport.request("GET", "/x")


@pytest.mark.parametrize(("said", "problem"), [("token expired", "has expired"), ("who are you", "was refused")])
async def test_a_refused_token_is_final(said: str, problem: str) -> None:
    server = FakeServer(answer({"detail": said}, status=401))
    with pytest.raises(AuthenticationError, match=problem) as caught:
        await (await server.transport()).request("GET", "/x")
    assert caught.value.status == 401
    assert len(server.requests) == 1


async def test_a_missing_permission_is_an_authentication_error_of_its_own() -> None:
    with pytest.raises(AuthenticationError, match="is not allowed to do this") as caught:
        await (await FakeServer(answer(status=403)).transport()).request("GET", "/x")
    assert caught.value.status == 403


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "tökén", "a\x00b"])
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="authentication token") as caught:
        TokenCredential(token)
    assert not token.strip() or token not in str(caught.value)


def test_a_line_break_at_the_end_of_a_token_is_forgiven() -> None:
    assert TokenCredential("abc\n") == TokenCredential("abc")


def test_secrets_are_not_shown() -> None:
    assert "abc" not in repr(TokenCredential("abc"))
    assert "hunter2" not in repr(PasswordCredential("me@example.org", "hunter2"))


def test_the_users_arguments_choose_the_credential() -> None:
    assert credential_from("abc", None, None) == TokenCredential("abc")
    assert isinstance(credential_from(None, "me@example.org", "hunter2"), PasswordCredential)


@pytest.mark.parametrize("given", [(None, None, None), (None, "me", None), (None, None, "pw"), ("t", "me", None)])
def test_arguments_that_describe_none_or_two_are_refused(given: tuple[str | None, ...]) -> None:
    with pytest.raises(ValueError, match="authentication_token"):
        credential_from(*given)
