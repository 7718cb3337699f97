"""The entry point: run the command, and turn every error into a message and an exit code."""

import os
import signal
import sys

import click

from qcaas_sdk.cli.app import COMMANDS, command_line
from qcaas_sdk.cli.ending import INTERRUPTED, OK, OUTPUT, UNREAD, tell
from qcaas_sdk.cli.streams import OutputLost, give_up_stdout

OTHER_NAMES = {"recover": "resume", "continue": "resume", "list": "jobs", "status": "jobs", "submit": "run"}
"""What a user of other tools may type → the command."""


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


def _meant(word: str) -> str:
    """The command that was probably meant, as the end of a sentence; empty if none resembles it."""
    from difflib import get_close_matches  # noqa: PLC0415  # only for this message

    close = OTHER_NAMES.get(word) or next(iter(get_close_matches(word, COMMANDS, 1)), None)
    return "" if close is None else f"; did you mean `qcaas {close}`?"


def _misused(error: click.ClickException) -> int:
    message, context = error.format_message(), getattr(error, "ctx", None)
    if message.startswith("No such command") and context is not None and context.parent is None:
        message = f"there is no command {sys.argv[1]!r}{_meant(sys.argv[1])}"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(message)
    else:
        tell(message if context is None else f"{message.rstrip('.')}; see `{context.command_path} --help`")
    return error.exit_code
