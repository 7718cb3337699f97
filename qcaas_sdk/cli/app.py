"""The command-line application: the list of commands."""

from importlib import import_module

import click

from qcaas_sdk import __version__
from qcaas_sdk.cli.command_parameters import command
from qcaas_sdk.cli.ending import CHECK_EXIT_CODES, EXIT_CODES

COMMANDS = (
    *("run", "check", "jobs", "show", "resume", "attach", "watch", "diagram", "cancel", "clean", "usage", "qpus"),
    *("login", "logout", "whoami", "serve", "chart", "demo"),
)
"""In the order of the help. Each is the function, or the group of commands, of its name in its own file."""


EPILOGS = {"demo": None, "check": CHECK_EXIT_CODES}
"""The end of the help of commands that run no jobs of the user."""


class _Commands(click.Group):
    """Imports only the file of the command that is called. The help needs them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"qcaas_sdk.cli.commands.{cmd_name}"), cmd_name)
        if isinstance(found, click.Command):
            return found
        return command(found, epilog=EPILOGS.get(cmd_name, EXIT_CODES))


def command_line() -> click.Group:
    """The application."""
    app = _Commands(
        "qcaas",
        help="Run quantum programs on OQC's cloud, or on the embedded QPU if no service is configured.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
    )
    return click.version_option(__version__, message="qcaas-sdk %(version)s")(app)
