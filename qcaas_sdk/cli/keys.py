"""Keys that are pressed in a terminal."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NAMES = {
    **{"\x1b[A": "up", "\x1b[B": "down", "\x1b[H": "home", "\x1b[F": "end"},
    **{"\x1bOA": "up", "\x1bOB": "down", "\x1bOH": "home", "\x1bOF": "end"},
    **{"\x1b[1~": "home", "\x1b[4~": "end", "\x1b[5~": "page up", "\x1b[6~": "page down"},
    **{"\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace", "\x1b": "escape"},
}
"""What terminals send → the name of the key. Every other key is the character that it stands for."""

_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|.", re.DOTALL)


def keys_in(sent: str) -> list[str]:
    """The keys in what a terminal has sent; those without a name and without a visible character are left out."""
    found = [NAMES.get(key, key) for key in _KEY.findall(sent)]
    return [key for key in found if key in NAMES.values() or (len(key) == 1 and key.isprintable())]


@contextmanager
def pressed(tell: Callable[[str], None]) -> Iterator[bool]:
    """Call `tell` with each key while the block runs. Ctrl-C works as ever.

    Returns:
        Whether keys can be read: stdin is a terminal of this process.
    """
    try:
        import termios  # noqa: PLC0415  # not on Windows
        import tty  # noqa: PLC0415  # as above
    except ImportError:
        yield False
        return
    if not sys.stdin.isatty() or os.tcgetpgrp(file := sys.stdin.fileno()) != os.getpgrp():
        yield False  # in the background, a change of the terminal would stop this process
        return
    loop, before = asyncio.get_running_loop(), termios.tcgetattr(file)

    def read() -> None:
        sent = os.read(file, 1024)
        if not sent:  # the terminal is gone
            loop.remove_reader(file)
        for key in keys_in(sent.decode("utf-8", "ignore")):
            tell(key)

    tty.setcbreak(file)
    loop.add_reader(file, read)
    try:
        yield True
    finally:
        loop.remove_reader(file)
        termios.tcsetattr(file, termios.TCSADRAIN, before)
