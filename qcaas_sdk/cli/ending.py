"""How a command ends: what it prints, and the exit codes that scripts can use."""

import asyncio
import json
import sys
import warnings
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer

from qcaas_sdk import (
    AuthenticationError,
    BadStatechart,
    InactiveQpu,
    InvalidProgram,
    JobState,
    JobTimeout,
    JournalError,
    MissingExtra,
    QcaasError,
    ServerWarning,
    UnknownQpu,
)
from qcaas_sdk.cli.campaigns import UnknownCampaign
from qcaas_sdk.cli.running import Ran
from qcaas_sdk.cli.screen import Screen

OK, JOB_FAILED, USAGE, CREDENTIAL, SERVICE, TIMEOUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

Finished = TypeVar("Finished")

EXIT_CODES = (
    "Exit codes: 0 every job completed; 1 a job failed or was cancelled; 2 wrong usage (no such file, an empty "
    "program, an unknown QPU, a part that is not installed); 3 the credential was refused; 4 the service cannot be "
    "used; 5 the time was up; 130 interrupted."
)


def present(ran: Sequence[Ran], screen: Screen, *, as_json: bool, wanted: JobState = JobState.COMPLETED) -> NoReturn:
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
        raise typer.Exit(min((code(trouble) for _, trouble in troubles), key=lambda code: code == TIMEOUT))
    raise typer.Exit(OK if all(one.job.state is wanted for one in ran) else JOB_FAILED)


def read(name: str, what: str) -> str:
    """The text of a file, or of stdin for `-`; the command ends if there is none."""
    called = "stdin" if name == "-" else name
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        fail(USAGE, f"{called} cannot be read: {reason}")
    if not text.strip():
        fail(USAGE, f"{called} is empty: it should hold {what}")
    return text


def finish(work: Coroutine[Any, Any, Finished]) -> Finished:
    """Run a command's coroutine to its end, and turn trouble into one line and an exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ServerWarning)
        warnings.showwarning = _show_warning
        try:
            return asyncio.run(work)
        except KeyboardInterrupt:
            fail(INTERRUPTED, "interrupted")
        except QcaasError as error:
            give_up(error)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"qcaas: {message}", err=True)


def code(error: QcaasError) -> int:
    """The exit code that stands for an error."""
    match error:
        case JobTimeout():
            return TIMEOUT
        case AuthenticationError():
            return CREDENTIAL
        case InactiveQpu():  # the account has none to use now: nothing was mistyped
            return SERVICE
        case InvalidProgram() | UnknownQpu() | MissingExtra() | JournalError() | UnknownCampaign() | BadStatechart():
            return USAGE
        case _:
            return SERVICE


def give_up(error: QcaasError) -> NoReturn:
    """End the command because of an error."""
    fail(code(error), str(error))


def fail(code: int, message: str) -> NoReturn:
    """End the command with a line on stderr."""
    typer.echo(f"qcaas: {message}", err=True)
    raise typer.Exit(code)
