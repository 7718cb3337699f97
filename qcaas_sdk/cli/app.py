"""The command-line application: the list of commands."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from typer.core import TyperCommand

from qcaas_sdk import __version__
from qcaas_sdk.cli.ending import EXIT_CODES

COMMANDS = (
    *("run", "check", "jobs", "show", "resume", "attach", "watch", "diagram", "cancel", "clean", "usage", "qpus"),
    *("login", "logout", "whoami", "serve", "chart", "demo"),
)
"""In the order of the help. Each is the function, or the group of commands, of its name in its own file."""


WHOLE = 1000
"""More characters than the first sentence of any help."""


def command_line(arguments: Sequence[str] = ()) -> typer.Typer:
    """The application: only with the command that the arguments begin with, if they do.

    The files of the other commands are not imported, which saves time.

    Args:
        arguments: What follows `qcaas` on the command line; empty for all commands.
    """
    app = typer.Typer(
        name="qcaas",
        help="Run quantum programs on OQC's cloud, or on the embedded QPU if no service is configured.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        rich_markup_mode=None,  # no type beside a flag, and nothing is cut off in a narrow terminal
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name in [one for one in arguments[:1] if one in COMMANDS] or COMMANDS:
        command = getattr(import_module(f"qcaas_sdk.cli.commands.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(cls=_Command, epilog=None if name == "demo" else EXIT_CODES)(command)
    return app


class _Command(TyperCommand):
    def get_short_help_str(self, limit: int = 0) -> str:
        return super().get_short_help_str(max(limit, WHOLE))  # it is wrapped, not cut off, in a narrow terminal


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qcaas-sdk {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
