"""The command-line application: the list of commands."""

from typing import Annotated

import typer

from qcaas_sdk import __version__
from qcaas_sdk.cli.commands.attach import attach
from qcaas_sdk.cli.commands.cancel import cancel
from qcaas_sdk.cli.commands.chart import chart
from qcaas_sdk.cli.commands.clean import clean
from qcaas_sdk.cli.commands.demo import demo
from qcaas_sdk.cli.commands.diagram import diagram
from qcaas_sdk.cli.commands.jobs import jobs
from qcaas_sdk.cli.commands.login import login
from qcaas_sdk.cli.commands.logout import logout
from qcaas_sdk.cli.commands.qpus import qpus
from qcaas_sdk.cli.commands.resume import resume
from qcaas_sdk.cli.commands.run import run
from qcaas_sdk.cli.commands.serve import serve
from qcaas_sdk.cli.commands.show import show
from qcaas_sdk.cli.commands.watch import watch
from qcaas_sdk.cli.commands.whoami import whoami
from qcaas_sdk.cli.ending import EXIT_CODES

app = typer.Typer(
    name="qcaas",
    help="Run quantum programs on OQC's cloud, or on the embedded QPU if no service is configured.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


for command in (run, jobs, show, resume, attach, watch, diagram, cancel, clean, qpus, login, logout, whoami, serve):
    app.command(epilog=EXIT_CODES)(command)
app.add_typer(chart)
app.command()(demo)
