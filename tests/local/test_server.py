"""The embedded service on a socket, in a process of its own."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from qcaas_sdk.errors import MissingExtra, QcaasError
from qcaas_sdk.local import DEFAULT_QPU_ID, LocalCloud, is_loopback, serve
from tests.local.service import slow_program

pytestmark = pytest.mark.slow

FAULTY = """
from qcaas_sdk.local import LocalFault, FaultKind, LocalSettings, serve
faults = (LocalFault(FaultKind.DROP_BEFORE, nth=0), LocalFault(FaultKind.DROP_AFTER, on="/tasks", nth=0),
          LocalFault(FaultKind.TRUNCATED, on="/admin/version", nth=(0, 1)))
serve(LocalSettings(faults=faults), on_ready=lambda url: print(url, flush=True))
"""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]


def alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def every(pause_s: float, *, seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(pause_s)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_a_free_port_and_ends_cleanly(wish: signal.Signals) -> None:
    with serving("-m", "qcaas_sdk.local", "--port", "0") as (url, process):
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=url, headers={"Authentication-Token": "any"}) as http:
            (item,) = http.get("/admin/qpu").json()["items"]
            assert item["url"] == url
            process.send_signal(wish)
            assert process.wait(10) == 0
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read() + process.stderr.read() == ""


def test_a_run_does_not_outlive_a_server_that_was_killed() -> None:
    with (
        serving("-m", "qcaas_sdk.local") as (url, process),
        httpx.Client(base_url=url, headers={"Authentication-Token": "any"}) as http,
    ):
        task = {"program": slow_program(), "qpu_id": DEFAULT_QPU_ID}
        (entry,) = http.post("/tasks/submit", json={"tasks": [task]}).json()
        while http.get(f"/tasks/{entry['task_id']}/status").json()["status"] != "RUNNING":
            time.sleep(0.01)
        (simulator,) = children_of(process.pid)
        process.kill()
        process.wait(10)
        assert any(not alive(simulator) for _ in every(0.1, seconds=20))


def test_a_dropped_connection_is_one_for_the_client_and_the_server_lives_on() -> None:
    with (
        serving("-c", FAULTY) as (url, process),
        httpx.Client(base_url=url, headers={"Authentication-Token": "any"}) as http,
    ):
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            http.get("/monitoring/statuses")
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            http.post("/tasks", json={"qpu_id": "qpu:local:1:aer", "task_count": 3})
        assert len(http.get("/tasks").json()) == 3
        with pytest.raises(json.JSONDecodeError):
            http.get("/admin/version").json()
        process.terminate()
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_address_that_is_taken_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(QcaasError, match=f"127.0.0.1 port {port}"):
            serve(port=port)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_whether_others_can_reach_a_host(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qcaas_sdk.local.simulator.engines.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[local\]"):
        LocalCloud()
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "qcaas_sdk.local.service.server", raising=False)
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[local\]"):
        serve()


def test_importing_it_loads_none_of_its_heavy_packages() -> None:
    code = (
        "import sys, qcaas_sdk.local; "
        "print(*sorted({'qiskit', 'qat', 'starlette', 'uvicorn', 'numpy'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""


@contextmanager
def served(**changed: object) -> Iterator[tuple[str, int]]:
    """A server with other bounds than usual, and where it is."""
    lines = [f"server.{name} = {value!r}" for name, value in changed.items()]
    code = "\n".join(
        [
            "from qcaas_sdk.local import serve",
            "from qcaas_sdk.local.service import server",
            *lines,
            "serve(on_ready=lambda u: print(u, flush=True))",
        ]
    )
    with serving("-c", code) as (url, _):
        parts = httpx.URL(url)
        assert parts.port is not None
        yield parts.host, parts.port


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /admin/version HTT",
        b"GET /admin/version HTTP/1.1\r\nHost: localhost\r\nX: y",
        b"POST /tasks HTTP/1.1\r\nHost: localhost\r\nAuthentication-Token: a\r\nContent-Length: 9\r\n\r\n{",
        b"POST /tasks HTTP/1.1\r\nHost: localhost\r\nAuthentication-Token: a\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{",
        b"GET /admin/version HTTP/1.1\r\nHost: localhost\r\n\r\nGET /adm",
        b"GET /admin/version HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /tasks HTTP/1.1\r\nHost: localhost\r\n"
        b"Authentication-Token: a\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(begun: bytes) -> None:
    with served(MAX_REQUEST_TIME_S=0.2) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(begun)
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(4096):  # a timeout here is the failure
                pass


def test_half_open_connections_do_not_keep_others_out() -> None:
    with served(MAX_CONNECTIONS=5) as (host, port), contextlib.ExitStack() as half_open:
        for _ in range(40):
            connection = half_open.enter_context(socket.create_connection((host, port), timeout=20))
            connection.sendall(b"POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        assert httpx.get(f"http://{host}:{port}/admin/version", timeout=5).status_code == 200


def test_idle_connections_do_not_keep_others_out() -> None:
    with served(MAX_CONNECTIONS=5) as (host, port), contextlib.ExitStack() as idle:
        for _ in range(40):
            connection = idle.enter_context(socket.create_connection((host, port), timeout=20))
            connection.sendall(b"GET /admin/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_name_that_is_not_ours_is_refused() -> None:
    with served() as (host, port):
        url = f"http://{host}:{port}/admin/version"
        assert httpx.get(url, headers={"Host": "evil.example.org"}).status_code == 421
        assert httpx.get(url).status_code == 200
