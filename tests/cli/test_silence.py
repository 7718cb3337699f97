"""A service that does not answer: said at once if there is an error, else after a while, and when it is over."""

import asyncio
import errno
import random
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import OqcSdk, ServerUnreachable
from qcaas_sdk._http import Silence
from qcaas_sdk._http.wire_errors import in_plain_words
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.service_mark import read_mark
from qcaas_sdk.cli.silence import LOOK_EVERY_S, note, silence_told
from qcaas_sdk.testing import SimulatedCloud, SimulatedQpu, VirtualClock, run_virtual
from tests.cli.test_commands import closed_port, qcaas

URL = "https://cloud.example.org"


def heard(screen: Screen) -> list[tuple[float, str]]:
    """What the screen says, with the time."""
    said: list[tuple[float, str]] = []
    screen.say = lambda text: said.append((asyncio.get_running_loop().time(), text))  # type: ignore[method-assign]
    return said


def test_a_silence_lasts_from_the_first_question_to_the_answer() -> None:
    silence = Silence()
    assert silence.seconds(100.0) == 0.0
    silence.ask(10.0)
    silence.ask(12.0)
    assert silence.seconds(15.0) == 5.0
    silence.failed("refused")
    silence.answered(16.0)
    assert (silence.seconds(20.0), silence.reason) == (4.0, "")
    silence.stop()
    silence.stop()
    assert silence.seconds(99.0) == 0.0, "nobody asks"
    silence.failed("old")
    silence.ask(200.0)
    assert (silence.seconds(201.0), silence.reason) == (1.0, "")


def test_what_is_said_of_it() -> None:
    silence = Silence()
    silence.ask(0.0)
    assert note(silence, 9.0) == "", "some answers take a while"
    assert note(silence, 42.0) == "no answer for 42 s, asking again"
    silence.failed("GET host/task: 503; try again later")
    assert note(silence, 0.3) == "no answer, asking again (host: 503)"
    assert note(silence, 125.0) == "no answer for 2 min 05 s, asking again (host: 503)"


@given(seed=st.integers())
def test_a_refused_connection_is_said_at_once_with_host_port_and_reason(seed: int) -> None:
    screen = Screen()
    said = heard(screen)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request) from ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    async def opened() -> float:
        sdk = OqcSdk(f"{URL}:81", "token", http_transport=httpx.MockTransport(refuse), clock=VirtualClock())
        async with silence_told(sdk, screen):
            with pytest.raises(ServerUnreachable, match=r"example\.org:81/.*connection refused: nothing"):
                await sdk.open()
            return asyncio.get_running_loop().time()

    random.seed(seed)  # of the pauses between two attempts
    given_up_s = run_virtual(opened())
    ((at_s, text),) = said
    assert at_s <= 2 * LOOK_EVERY_S < given_up_s, "long before it gives up"
    assert "example.org:81: no connection (" in text
    assert "asking again" in text


def test_in_a_run_a_silence_is_said_when_it_doubles_and_when_it_is_over(tmp_path: Path) -> None:
    cloud, clock, screen = SimulatedCloud(qpus=[SimulatedQpu()]), VirtualClock(), Screen()
    said = heard(screen)
    dead = False
    marks: list[str | None] = []

    class Dies(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if dead:
                raise httpx.ConnectError("refused", request=request)
            return await cloud.transport.handle_async_request(request)

    async def scenario() -> None:
        nonlocal dead
        sdk = OqcSdk(cloud.url, cloud.token, default_qpu_id="qpu:sim:1", http_transport=Dies(), clock=clock)
        async with silence_told(sdk, screen, tmp_path / "j.db"), sdk:
            dead = True
            asking = asyncio.create_task(sdk.list_qpus())
            await asyncio.sleep(18)
            marks.append(read_mark(tmp_path / "j.db", datetime.now(UTC)))
            dead = False
            await asyncio.wait([asking])
            await asyncio.sleep(3)
            marks.append(read_mark(tmp_path / "j.db", datetime.now(UTC)))
        assert screen.note() == ""

    run_virtual(scenario())
    texts = [text for _, text in said]
    assert texts[0].startswith("no answer, asking again (")
    assert texts[-1] == "the service answers again"
    assert len(texts) <= 4, texts
    assert marks[0] is not None
    assert marks[0].startswith("no answer for 1")
    assert marks[1] == ""
    assert [*tmp_path.iterdir()] == [], "the mark is gone with the run"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "connection refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed"), "refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 101] Unreachable"), None),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "the network does not lead to this host"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no host with this name"),
        (OSError(errno.EMFILE, "Too many open files"), None),
    ],
)
def test_why_there_is_no_connection_in_plain_words(error: OSError, words: str | None) -> None:
    outer = httpx.ConnectError("All connection attempts failed")
    outer.__cause__ = error
    said = in_plain_words(outer)
    assert (said is None) if words is None else (said is not None and words in said)


@pytest.mark.slow
def test_a_command_says_first_where_it_looks() -> None:
    port = closed_port()
    code, out, err = qcaas("qpus", OQC_URL=f"http://127.0.0.1:{port}", OQC_AUTHENTICATION_TOKEN="t")
    first, second, last = err.splitlines()
    assert (code, out) == (4, "")
    assert first == f"on http://127.0.0.1:{port}"
    assert "asking again" in second
    assert last.startswith("qcaas: GET 127.0.0.1:") and "check the URL" in last
