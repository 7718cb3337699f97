"""The commands: what they take, and the exit codes that scripts can use."""

import asyncio
import json
import sys
import warnings
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from qcaas_sdk import (
    AuthenticationError,
    InactiveQpu,
    InvalidProgram,
    JobState,
    JobTimeout,
    JournalError,
    MissingExtra,
    QcaasError,
    ServerWarning,
    UnknownQpu,
    __version__,
)
from qcaas_sdk.cli import campaigns, running, serving
from qcaas_sdk.cli import demo as demo_
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.job_state import ENDED
from qcaas_sdk.sdk import EMBEDDED

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
Timeout = Annotated[float | None, typer.Option(min=0, help="Seconds over everything.", metavar="SECONDS")]
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
    timeout: Timeout = None,
    journal: Annotated[
        Path | None, typer.Option(help="Where the jobs are written down; a new campaign if left out.", metavar="FILE")
    ] = None,
    no_journal: Annotated[bool, typer.Option("--no-journal", help="Write nothing down.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Run programs, each as a job of its own, and show their counts.

    Every job is written into a journal as it goes along. Ctrl-C leaves the tasks running; `qcaas resume` goes on.
    """
    programs = [(name, _read(name, "an OpenQASM program")) for name in files]
    connection = _connect(url, token_file)
    screen = Screen(quiet=as_json)
    path = None if no_journal else journal or _new_journal()
    work = running.run(connection, programs, shots=shots, qpu_id=qpu, timeout_s=timeout, journal=path, screen=screen)
    try:
        ran = _finish(work)
    finally:
        if path is not None:
            _say_how_to_go_on(connection, path, screen)
    _show(ran, screen, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def jobs(
    campaign: Annotated[str | None, typer.Argument(help="A campaign, to see each of its jobs.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the campaigns, or the jobs of one; also while they run."""
    screen = Screen(quiet=as_json)
    if campaign is not None:
        found = [_looked_up(lambda: campaigns.opened(campaign))]
    else:
        found = [one for path in campaigns.campaigns() if (one := _readable(path)) is not None]
    if as_json:
        typer.echo(json.dumps([one.document() for one in found], indent=2))
    elif campaign is not None:
        screen.jobs(found[0])
    elif found:
        screen.campaigns(found)
    else:
        screen.say(f"no campaigns in {campaigns.folder()}: `qcaas run FILE` begins one")


@app.command(epilog=EXIT_CODES)
def show(
    job: Annotated[str, typer.Argument(help="CAMPAIGN/NUMBER as `qcaas jobs` lists it, or a task id.")],
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a job: where it is, how it got there, what came of it."""
    campaign, number, saved = _looked_up(lambda: campaigns.job_in(job))
    if as_json:
        typer.echo(json.dumps(campaign.job_document(number), indent=2))
    else:
        Screen().job(campaign, number, saved)


@app.command(epilog=EXIT_CODES)
def resume(
    campaign: Annotated[
        str | None, typer.Argument(help="A campaign or a journal's file; the newest unfinished one if left out.")
    ] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Go on with a campaign's unfinished jobs exactly where they stood."""
    connection, chosen = _campaign_at_its_service(campaign, url, token_file)
    screen = Screen(quiet=as_json)
    work = running.resume(connection, chosen.path, chosen.kept.labels, timeout_s=timeout, screen=screen)
    try:
        ran = _finish(work)
    finally:
        _say_how_to_go_on(connection, chosen.path, screen)
    _show(ran, screen, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def cancel(
    target: Annotated[
        str, typer.Argument(metavar="CAMPAIGN|JOB", help="A campaign, or a job as `qcaas show` takes it.")
    ],
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Cancel a campaign's unfinished jobs, or one job; what the service says is what counts."""
    only = None
    try:
        name, only = campaigns.opened(target).name, None
    except campaigns.UnknownCampaign:
        owner, only, _ = _looked_up(lambda: campaigns.job_in(target))
        name = owner.name
    except QcaasError as error:
        _give_up(error)
    connection, chosen = _campaign_at_its_service(name, url, token_file)
    screen = Screen(quiet=as_json)
    ran = _finish(running.cancel(connection, chosen.path, chosen.kept.labels, only=only, screen=screen))
    if not ran:
        screen.say("there was nothing to cancel: everything meant had ended")
    _show(ran, screen, as_json=as_json, wanted=JobState.CANCELLED)


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


def _new_journal() -> Path:
    try:
        return campaigns.new_journal()
    except OSError as error:
        _fail(
            SERVICE, f"no journal can be kept in {campaigns.folder()} ({error.strerror}); see --journal, --no-journal"
        )


def _say_how_to_go_on(connection: Connection, path: Path, screen: Screen) -> None:
    """Where the journal is; and how to go on, if something is left to be done."""
    try:
        campaign = campaigns.opened(str(path))
    except QcaasError:  # it was never begun, or its own error is on its way
        return
    left = sum(job.state not in ENDED for job in campaign.kept.jobs.values())
    if not left:
        screen.say(f"journal: {path}")
    elif connection.url is None:
        screen.say(f"journal: {path}; {left} jobs had not ended, and the embedded QPU has ended with this program")
    else:
        screen.say(f"{left} of {len(campaign.kept.jobs)} jobs have not ended; what is at the service goes on there")
        screen.say(f"journal: {path}; go on with: qcaas resume {campaign.name}")


def _campaign_at_its_service(
    name: str | None, url: str | None, token_file: Path | None
) -> tuple[Connection, campaigns.Campaign]:
    """The campaign that is meant, and the service that it belongs to."""
    if name is None:
        unfinished = (one for path in campaigns.campaigns() if (one := _readable(path)) and not one.has_ended)
        chosen = next((one for one in unfinished if one.kept.service != EMBEDDED), None)
        if chosen is None:
            _fail(USAGE, "no campaign is unfinished; see `qcaas jobs`")
    else:
        chosen = _looked_up(lambda: campaigns.opened(str(name)))
    if chosen.kept.service == EMBEDDED:
        _fail(USAGE, f"{chosen.name} ran on the embedded QPU, which ended with its program: run its files again")
    return _connect(url or chosen.kept.service, token_file), chosen


def _readable(path: Path) -> campaigns.Campaign | None:
    """The campaign in a file; a file that cannot be read is named, and the others are read all the same."""
    try:
        return campaigns.opened(str(path))
    except QcaasError as error:
        typer.echo(f"qcaas: {error}", err=True)
        return None


def _looked_up(find: Callable[[], Finished]) -> Finished:
    try:
        return find()
    except QcaasError as error:
        _give_up(error)


def _show(
    ran: Sequence[running.Ran], screen: Screen, *, as_json: bool, wanted: JobState = JobState.COMPLETED
) -> NoReturn:
    """The outcomes, then the troubles, then the exit code that tells both."""
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
    raise typer.Exit(OK if all(one.job.state is wanted for one in ran) else JOB_FAILED)


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
        case InvalidProgram() | UnknownQpu() | MissingExtra() | JournalError() | campaigns.UnknownCampaign():
            return USAGE
        case _:
            return SERVICE


def _give_up(error: QcaasError) -> NoReturn:
    _fail(_code(error), str(error))


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(f"qcaas: {message}", err=True)
    raise typer.Exit(code)
