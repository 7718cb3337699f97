"""The commands: what they take, and the exit codes that scripts can use."""

import asyncio
import json
import sys
import warnings
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from qcaas_sdk import (
    AuthenticationError,
    InactiveQpu,
    InvalidProgram,
    JobTimeout,
    MissingExtra,
    QcaasError,
    ServerWarning,
    UnknownQpu,
    __version__,
)
from qcaas_sdk.cli import demo as demo_
from qcaas_sdk.cli import running, serving
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.screen import Screen

OK, JOB_FAILED, USAGE, CREDENTIAL, SERVICE, TIMEOUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

Finished = TypeVar("Finished")

EXIT_CODES = (
    "Exit codes: 0 every job completed; 1 a job failed or was cancelled; 2 wrong usage (no such file, an empty "
    "program, an unknown QPU, a part that is not installed); 3 the credential was refused; 4 the service cannot be "
    "used; 5 the time was up; 130 interrupted."
)

app = typer.Typer(
    name="qcaas",
    help="Run quantum programs on OQC's cloud, or on the embedded QPU where no service is configured.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Url = Annotated[
    str | None, typer.Option(envvar="OQC_URL", help="The service; without one, the embedded QPU of this package.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option(help="A file that holds the authentication token; OQC_AUTHENTICATION_TOKEN does the same."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qcaas-sdk {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command(epilog=EXIT_CODES)
def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="OpenQASM 2 or 3 files; - reads stdin.")],
    shots: Annotated[int | None, typer.Option(min=1, help="How often each program runs; 1000 if left out.")] = None,
    qpu: Annotated[str | None, typer.Option(help="The QPU's id; see `qcaas qpus`.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds over everything.", metavar="SECONDS")] = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Run programs, each as a job of its own, and show their counts."""
    programs = [(name, _read(name, "an OpenQASM program")) for name in files]
    connection = _connect(url, token_file)
    screen = Screen(quiet=as_json)
    ran = _finish(running.run(connection, programs, shots=shots, qpu_id=qpu, timeout_s=timeout, screen=screen))
    if as_json:
        typer.echo(json.dumps([one.document() for one in ran], indent=2))
    else:
        for one in ran:
            screen.outcome(one.name, one.job)
    troubles = [(one.name, one.trouble) for one in ran if one.trouble is not None]
    for name, trouble in troubles:
        typer.echo(f"qcaas: {name}: {trouble}", err=True)
    if troubles:
        # Whoever only ran out of time can wait longer; the other troubles need something done first.
        raise typer.Exit(min((_code(trouble) for _, trouble in troubles), key=lambda code: code == TIMEOUT))
    raise typer.Exit(OK if all(one.job.completed for one in ran) else JOB_FAILED)


@app.command(epilog=EXIT_CODES)
def qpus(as_json: AsJson = False, url: Url = None, token_file: TokenFile = None) -> None:
    """List the QPUs that can be used."""

    async def listed(connection: Connection) -> list[dict[str, Any]]:
        async with connection.sdk() as sdk:
            return await sdk.list_qpus()

    connection = _connect(url, token_file)
    found = _finish(listed(connection))
    screen = Screen(quiet=as_json)
    screen.say(f"on {connection.where}")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        screen.qpus(found)


@app.command(epilog=EXIT_CODES)
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than loopback let others in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = 8000,
    queue_delay: Annotated[float, typer.Option(min=0, help="Seconds each task waits at least.")] = 0.0,
    seconds_per_shot: Annotated[float, typer.Option(min=0, help="Seconds each shot takes at least.")] = 0.0,
    seed: Annotated[int | None, typer.Option(help="Makes results repeat.")] = None,
) -> None:
    """Serve the embedded QPU over HTTP, with OQC's own REST contract (v3), until Ctrl-C."""
    try:
        serving.serve(host, port, queue_delay_s=queue_delay, seconds_per_shot=seconds_per_shot, seed=seed)
    except QcaasError as error:
        _give_up(error)


@app.command()
def demo() -> None:
    """Watch a Bell pair go through its states on the embedded QPU."""
    _finish(demo_.show(Screen()))


def _read(name: str, what: str) -> str:
    called = "stdin" if name == "-" else name
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        _fail(USAGE, f"{called} cannot be read: {reason}")
    if not text.strip():
        _fail(USAGE, f"{called} is empty: it should hold {what}")
    return text


def _connect(url: str | None, token_file: Path | None) -> Connection:
    token = None
    if token_file is not None:
        token = _read(str(token_file), "a token").strip()
    try:
        return Connection.of(url, token)
    except ValueError as error:
        _fail(USAGE, str(error))


def _finish(work: Coroutine[Any, Any, Finished]) -> Finished:
    """Run a command's coroutine to its end, and turn trouble into one line and an exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ServerWarning)
        warnings.showwarning = _show_warning
        try:
            return asyncio.run(work)
        except KeyboardInterrupt:
            _fail(INTERRUPTED, "interrupted")
        except QcaasError as error:
            _give_up(error)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"qcaas: {message}", err=True)


def _code(error: QcaasError) -> int:
    match error:
        case JobTimeout():
            return TIMEOUT
        case AuthenticationError():
            return CREDENTIAL
        case InactiveQpu():  # the account has none to use now: nothing was mistyped
            return SERVICE
        case InvalidProgram() | UnknownQpu() | MissingExtra():
            return USAGE
        case _:
            return SERVICE


def _give_up(error: QcaasError) -> NoReturn:
    _fail(_code(error), str(error))


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(f"qcaas: {message}", err=True)
    raise typer.Exit(code)
