"""Say that a service does not answer, while the SDK asks it again."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from qcaas_sdk import OqcSdk
from qcaas_sdk._base.text import duration
from qcaas_sdk._http import Silence
from qcaas_sdk._sdk.connection import silence_of
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.service_mark import EVERY_S, remove_mark, write_mark

LOOK_EVERY_S = 0.25
"""Seconds between two looks."""
REQUEST = re.compile(r"^[A-Z]+ ([^/ ]+)/[^ ]*?(?=: )")
"""The request that a message begins with. Its host is enough here."""

UNUSUAL_S = 10.0
"""Seconds without an answer after which it is said, if there was no error."""


@asynccontextmanager
async def silence_told(sdk: OqcSdk, screen: Screen, journal: Path | None = None) -> AsyncIterator[None]:
    """While the block runs, say when the service does not answer, why, and when it answers again.

    Args:
        sdk: The SDK; it need not be open.
        screen: Where it is said: in the live view, if there is one; else as lines.
        journal: The journal beside which it is said too, for `qcaas watch`; None for nowhere.
    """
    loop, silence = asyncio.get_running_loop(), silence_of(sdk)
    screen.note = lambda: note(silence, loop.time())
    tasks = [loop.create_task(_tell(silence, screen))]
    if journal is not None:
        tasks.append(loop.create_task(_mark(silence, journal)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if journal is not None:
            remove_mark(journal)
        screen.note = str


def note(silence: Silence, now: float) -> str:
    """What is to be said of a silence at a moment; empty if it is not unusual."""
    seconds = silence.seconds(now)
    reason = REQUEST.sub(r"\1", silence.reason.partition("; ")[0])
    if not seconds or (seconds < UNUSUAL_S and not reason):
        return ""
    lasting = f" for {duration(seconds)}" if seconds >= 1 else ""
    return f"no answer{lasting}, asking again{reason and f' ({reason})'}"


async def _mark(silence: Silence, journal: Path) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        write_mark(journal, note(silence, asyncio.get_running_loop().time()))


async def _tell(silence: Silence, screen: Screen) -> None:
    """Say it once when it begins, then whenever twice the time has passed, and once when it is over."""
    said_s: float | None = None
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        now = asyncio.get_running_loop().time()
        text, seconds = note(silence, now), silence.seconds(now)
        if text and (said_s is None or seconds > 2 * max(said_s, UNUSUAL_S)):
            screen.remark(text)
            said_s = seconds
        elif not text and said_s is not None:
            screen.remark("the service answers again")
            said_s = None
