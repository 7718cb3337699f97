"""The commands, and what they take."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qcaas_sdk import (
    JobState,
    QcaasError,
    __version__,
)
from qcaas_sdk.cli import campaigns, drawing, running, serving, watching
from qcaas_sdk.cli import demo as demo_
from qcaas_sdk.cli.choosing import campaign_at_its_service, connect, looked_up, newest_in_use, readable
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import (
    EXIT_CODES,
    JOB_FAILED,
    OK,
    SERVICE,
    TIMEOUT,
    USAGE,
    echo_json,
    fail,
    finish,
    give_up,
    present,
    read,
)
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.diagrams import Detail
from qcaas_sdk.local import EngineName

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
    programs = [(name, read(name, "an OpenQASM program")) for name in files]
    connection = connect(url, token_file)
    screen = Screen(quiet=as_json)
    path = None if no_journal else journal or _new_journal()
    work = running.run(connection, programs, shots=shots, qpu_id=qpu, timeout_s=timeout, journal=path, screen=screen)
    try:
        ran = finish(work)
    finally:
        if path is not None:
            _say_how_to_go_on(path, screen)
    present(ran, screen, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def jobs(
    campaign: Annotated[str | None, typer.Argument(help="A campaign, to see each of its jobs.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the campaigns, or the jobs of one; also while they run."""
    screen = Screen(quiet=as_json)
    if campaign is not None:
        found = [looked_up(lambda: campaigns.opened(campaign))]
    else:
        found = [one for path in campaigns.campaigns() if (one := readable(path)) is not None]
    if as_json:
        echo_json([one.document() for one in found])
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
    campaign, number, record = looked_up(lambda: campaigns.job_in(job))
    if as_json:
        echo_json(campaign.job_document(number))
    else:
        Screen().job(campaign, number, record)


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
    connection, chosen = campaign_at_its_service(campaign, url, token_file)
    screen = Screen(quiet=as_json)
    work = running.resume(connection, chosen.path, chosen.state.labels, timeout_s=timeout, screen=screen)
    try:
        ran = finish(work)
    finally:
        _say_how_to_go_on(chosen.path, screen)
    present(ran, screen, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def watch(
    campaign: Annotated[
        str | None, typer.Argument(help="A campaign or a journal's file; if left out, the newest that is in use.")
    ] = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Watch a campaign that another process runs or resumes, until its jobs have ended or nothing works on it.

    It is only looked at; Ctrl-C ends the watching and nothing else.
    """
    chosen = newest_in_use() if campaign is None else looked_up(lambda: campaigns.opened(campaign))
    screen = Screen(quiet=as_json)
    try:
        watched = finish(watching.watch(chosen, screen, timeout_s=timeout))
    except watching.NotEnded as error:
        fail(TIMEOUT, str(error))
    if as_json:
        echo_json(watched.document())
    else:
        screen.say(f"all have ended; see: qcaas jobs {watched.name}")
    raise typer.Exit(OK if set(watched.counts) == {JobState.COMPLETED} else JOB_FAILED)


@app.command(epilog=EXIT_CODES)
def diagram(
    chart: Annotated[str, typer.Argument(metavar="NAME|FILE", help="job, composite_job, or a chart's YAML file.")],
    form: Annotated[
        drawing.Format | None,
        typer.Option("--format", help="What to draw; what the output's ending says if left out, else mermaid."),
    ] = None,
    detail: Annotated[Detail, typer.Option(help="How much is written beside the arrows.")] = Detail.GUARDS,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it is written; stdout if left out.")
    ] = None,
) -> None:
    """Draw a statechart. SVG and PNG need the extra `diagrams`."""
    try:
        drawing.draw(chart, form, detail, output)
    except QcaasError as error:
        give_up(error)
    except OSError as error:
        fail(USAGE, f"{output} cannot be written: {error.strerror}")


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
        owner, only, _ = looked_up(lambda: campaigns.job_in(target))
        name = owner.name
    except QcaasError as error:
        give_up(error)
    connection, chosen = campaign_at_its_service(name, url, token_file)
    screen = Screen(quiet=as_json)
    ran = finish(running.cancel(connection, chosen.path, chosen.state.labels, only=only, screen=screen))
    if not ran:
        screen.say("there was nothing to cancel: everything meant had ended")
    present(ran, screen, as_json=as_json, wanted=JobState.CANCELLED)


@app.command(epilog=EXIT_CODES)
def qpus(as_json: AsJson = False, url: Url = None, token_file: TokenFile = None) -> None:
    """List the QPUs that can be used."""

    async def listed(connection: Connection) -> list[dict[str, Any]]:
        async with connection.sdk() as sdk:
            return await sdk.list_qpus()

    connection = connect(url, token_file)
    found = finish(listed(connection))
    screen = Screen(quiet=as_json)
    screen.say(f"on {connection.where}")
    if as_json:
        echo_json(found)
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
    engine: Annotated[
        EngineName, typer.Option(help="What runs the programs: Qiskit Aer, or QAT, OQC's own compiler (extra qat).")
    ] = EngineName.AER,
    time_limit: Annotated[float, typer.Option(min=0.001, help="Seconds that a program may take at most.")] = 60.0,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A name that clients may use for this machine, besides those of loopback; may be repeated."
        ),
    ] = None,
) -> None:
    """Serve the embedded QPU over HTTP, with OQC's own REST contract (v3), until Ctrl-C."""
    try:
        serving.serve(
            host,
            port,
            queue_delay_s=queue_delay,
            seconds_per_shot=seconds_per_shot,
            seed=seed,
            engine=engine,
            time_limit_s=time_limit,
            allow_hosts=allow_host or (),
        )
    except QcaasError as error:
        give_up(error)


@app.command()
def demo() -> None:
    """Watch a Bell pair go through its states on the embedded QPU."""
    finish(demo_.show(Screen()))


def _new_journal() -> Path:
    try:
        return campaigns.new_journal()
    except OSError as error:
        fail(
            SERVICE, f"no journal can be kept in {campaigns.folder()} ({error.strerror}); see --journal, --no-journal"
        )


def _say_how_to_go_on(path: Path, screen: Screen) -> None:
    """Where the journal is; and how to go on, if something is left to be done."""
    try:
        campaign = campaigns.opened(str(path))
    except QcaasError:  # it was never begun, or its own error is on its way
        return
    if not campaign.unfinished:
        screen.say(f"journal: {path}")
        return
    there = "" if campaign.embedded else "; what is at the service goes on there"
    screen.say(f"{len(campaign.unfinished)} of {len(campaign.state.jobs)} jobs have not ended{there}")
    screen.say(f"journal: {path}; {campaign.way_on}")
