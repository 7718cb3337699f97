"""How a command ends: its error messages and its exit codes."""

import asyncio
import json
import math
import os
import re
import signal
import sys
import warnings
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from qcaas_sdk import (
    AuthenticationError,
    BadStatechart,
    InactiveQpu,
    InvalidArgument,
    InvalidProgram,
    JobState,
    JobTimeout,
    JournalError,
    MissingExtra,
    NameTaken,
    QcaasError,
    ServerWarning,
    UnknownQpu,
    UnknownTask,
)
from qcaas_sdk._base.text import counted, one_line
from qcaas_sdk.cli.campaigns import AmbiguousName, UnknownCampaign
from qcaas_sdk.cli.running import Ran
from qcaas_sdk.cli.screen import MAX_NAMED, Screen

OK, JOB_FAILED, USAGE, CREDENTIAL, SERVICE, TIMEOUT, OUTPUT, INTERRUPTED, UNREAD = 0, 1, 2, 3, 4, 5, 6, 130, 141

Finished = TypeVar("Finished")
Item = TypeVar("Item")

VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(?:\.\d+)?")
"""What differs between messages that are alike: ids of tasks, and numbers."""

MAX_BYTES = 64 << 20
"""Of a file. A device such as /dev/zero has no end, and would fill the memory."""

MAX_FILES = 3
"""Names in a line about several jobs."""

_OF_SERVICE = "3 the service rejected the credential; 4 the service cannot be used; "
_OF_ALL = (
    "6 cannot write to stdout (it is closed, or the disk is full); 130 interrupted; 141 the reader of stdout closed "
    "it, as head does."
)
EXIT_CODES = (
    "Exit codes: 0 every job completed; 1 a job failed or was cancelled; 2 wrong usage (a missing file, an empty or "
    "wrong program, an unknown QPU, an extra that is not installed, no campaign to watch or continue); "
    f"{_OF_SERVICE}5 jobs did not end within the time limit, or no process works on the campaign to watch; {_OF_ALL}"
)
_OF_CHECKS = "Exit codes: 0 no mistakes; 2 a mistake, a file that cannot be read, or wrong usage; "
CHECK_EXIT_CODES = f"{_OF_CHECKS}{_OF_SERVICE}5 the service did not answer within the time limit; {_OF_ALL}"
CHART_EXIT_CODES = f"{_OF_CHECKS}{_OF_ALL}"


def present(ran: Sequence[Ran], screen: Screen, *, as_json: bool, wanted: JobState = JobState.COMPLETED) -> NoReturn:
    """Print the outcomes, then the errors, then end the command with the exit code.

    Of many jobs, those whose outcome or error is alike are one line.
    """
    if as_json:
        echo_json([one.document() for one in ran])
    else:
        for one in ran:
            if one.job.result is not None:
                screen.outcome(one.name, one.job)
        for names, job in alike(
            (one.name, one.job, Screen.headline(one.job)) for one in ran if one.job.result is None
        ):
            screen.outcome(names, job)
    errors = [(one.name, one.exception) for one in ran if one.exception is not None]
    for names, error in alike((name, error, str(error)) for name, error in errors):
        tell(f"{names}: {error}")
    if errors:
        # A timeout needs only a longer wait. Any other error needs action first, so its code is used.
        raise click.exceptions.Exit(min((code(error) for _, error in errors), key=lambda code: code == TIMEOUT))
    raise click.exceptions.Exit(OK if all(one.job.state is wanted for one in ran) else JOB_FAILED)


def alike(found: Iterable[tuple[str, Item, str]]) -> Iterator[tuple[str, Item]]:
    """What is to be said of some jobs: of each, if they are few; otherwise once for all of which it is alike.

    Args:
        found: The name of each job, what is said of it, and that as text. If only ids and numbers differ, texts are
            alike.

    Returns:
        The name of a job, or of several, with what is said of the first.
    """
    items = list(found)
    groups: dict[object, list[tuple[str, Item]]] = {}
    for place, (name, item, text) in enumerate(items):
        key = place if len(items) <= MAX_NAMED else VARIABLE.sub("#", text)
        groups.setdefault(key, []).append((name, item))
    for group in groups.values():
        names = list(dict.fromkeys(name for name, _ in group))
        yield names[0] if len(group) == 1 else _of_several(len(group), names), group[0][1]


def _of_several(count: int, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{counted(count, 'job')} of {names[0]}"
    more = f" and {len(names) - MAX_FILES:,} more" if len(names) > MAX_FILES else ""
    return f"{counted(count, 'job')} ({', '.join(names[:MAX_FILES])}{more})"


class Unreadable(Exception):
    """A file is empty, too large or cannot be read; the message says so of "it"."""


def text_of(name: str, what: str) -> str:
    """The text of a file, or of stdin for `-`.

    Raises:
        Unreadable: It has none.
    """
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise Unreadable(f"cannot be read: it is larger than {MAX_BYTES >> 20} MiB")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unreadable("cannot be read: it is not UTF-8 text") from error
    if not text.strip():
        raise Unreadable(f"is empty: expected {what}")
    return text


def read(name: str, what: str) -> str:
    """As `text_of`; the command ends if there is no text."""
    try:
        return text_of(name, what)
    except Unreadable as error:
        fail(USAGE, f"{'stdin' if name == '-' else name} {error}")


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print each warning as one line to stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ServerWarning)
        warnings.showwarning = _show_warning
        yield


def finish(work: Coroutine[Any, Any, Finished]) -> Finished:
    """Run a command's coroutine. An error becomes one line on stderr and an exit code."""
    with warnings_as_lines():
        try:
            return asyncio.run(_interruptible(work))
        except (KeyboardInterrupt, asyncio.CancelledError):
            fail(INTERRUPTED, "interrupted")
        except QcaasError as error:
            give_up(error)
        finally:
            work.close()  # if Ctrl-C came before its first step, nothing has awaited it


async def _interruptible(work: Coroutine[Any, Any, Finished]) -> Finished:
    """The first Ctrl-C cancels the work, which closes what is open. The second ends the process at once."""
    task = asyncio.current_task()
    assert task is not None

    def interrupted() -> None:
        signal.signal(signal.SIGINT, _end_at_once)
        task.cancel()

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        with suppress(NotImplementedError, ValueError, RuntimeError):  # Windows, or not the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted)
    return await work


def _end_at_once(_: int, __: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, b"qcaas: interrupted twice; see `qcaas jobs`\n")
    os._exit(INTERRUPTED)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    tell(str(message))


def code(error: QcaasError) -> int:
    """The exit code of an error."""
    match error:
        case JobTimeout():
            return TIMEOUT
        case AuthenticationError():
            return CREDENTIAL
        case InactiveQpu():  # no QPU is active now: the usage is right
            return SERVICE
        case InvalidArgument() | InvalidProgram() | UnknownQpu() | MissingExtra() | NameTaken():
            return USAGE
        case JournalError() | UnknownCampaign() | AmbiguousName() | BadStatechart() | UnknownTask():
            return USAGE
        case _:
            return SERVICE


def give_up(error: QcaasError) -> NoReturn:
    """End the command with an error."""
    fail(code(error), str(error))


def fail(code: int, message: str) -> NoReturn:
    """End the command with a line on stderr."""
    tell(message)
    raise click.exceptions.Exit(code)


def tell(message: str) -> None:
    """Print one line to stderr."""
    click.echo(f"qcaas: {one_line(message)}", err=True)


def echo_json(document: object) -> None:
    """Write a JSON document to stdout. Infinity and NaN become null, because JSON has neither."""
    try:
        text = json.dumps(document, indent=2, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(document), indent=2)
    click.echo(text)


def _finite(value: object) -> object:
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
