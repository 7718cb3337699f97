"""The entry point: run the command, and turn every error into a message and an exit code."""

import os
import signal
import sys

import click

from qcaas_sdk.cli.app import command_line
from qcaas_sdk.cli.ending import INTERRUPTED, OK, OUTPUT, UNREAD, tell
from qcaas_sdk.cli.streams import OutputLost, give_up_stdout


def call() -> int:
    """Run the command and return its exit code."""
    if signal.getsignal(signal.SIGINT) not in {signal.SIG_IGN, signal.SIG_DFL}:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = _called()
        sys.stdout.flush()
    except OutputLost as lost:
        give_up_stdout()
        code = UNREAD if lost.unread else OUTPUT
        if not lost.unread:
            tell(f"cannot write to stdout: {lost.reason}")
    except (KeyboardInterrupt, click.Abort):
        tell("interrupted")
        code = INTERRUPTED
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(code))  # nothing is left to do
    return code


def _called() -> int:
    try:
        code = command_line()(standalone_mode=False)
    except click.ClickException as error:
        return _misused(error)
    return code if isinstance(code, int) else OK


def _misused(error: click.ClickException) -> int:
    message, context = error.format_message(), getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(message)
    else:
        tell(message if context is None else f"{message.rstrip('.')}; see `{context.command_path} --help`")
    return error.exit_code
