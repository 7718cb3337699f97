"""What is wrong in a chart: collected first, and raised together."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qcaas_sdk.errors import BadStatechart

MAX_ENTRY = 4_000
"""How far after the line of an entry a word of it is looked for, in characters."""

MAX_NAMES = 30
"""How many known names a message lists."""

MAX_COMPARED = 300
"""With more known names, none of them is suggested: each would be compared with each wrong one."""


class Problem(NamedTuple):
    """One mistake.

    Attributes:
        message: What is wrong, and what is known.
        line: The line of the entry, counted from 1; None or 0 for the whole file.
        key: The key of the entry that is wrong.
        word: The wrong word after that key.
        column: The column, if it is known; otherwise it is found by key and word.
    """

    message: str
    line: int | None = None
    key: str | None = None
    word: str | None = None
    column: int | None = None


def raise_all(problems: Sequence[Problem], file: str, text: str = "") -> None:
    """Raise the first in the order of the file, with all of them in its attribute `problems`; nothing if none.

    Args:
        problems: The mistakes.
        file: The name of the file.
        text: What is in it.

    Raises:
        BadStatechart: There is a mistake.
    """
    begins = [0, *(end.end() for end in re.finditer("\n", text))] if problems else []
    found = [BadStatechart(one.message, file=file, **_place(one, text, begins)) for one in dict.fromkeys(problems)]
    found.sort(key=lambda error: (error.line or float("inf"), error.column or 0))
    if found:
        raise BadStatechart.of(found)


def _place(problem: Problem, text: str, begins: Sequence[int]) -> dict[str, int | None]:
    """The line and column of a mistake, as closely as it is known."""
    line, column = problem.line or None, problem.column
    if column is None and text and (line or problem.key):
        begin = begins[min(line or 1, len(begins)) - 1]
        word = rf".*?(?<!\w)(?P<word>{re.escape(problem.word)})(?!\w)" if problem.word else ""
        key = rf"(?<!\w)(?P<key>{problem.key})\s*:" if problem.key else ""
        found = re.compile(key + word, re.DOTALL).search(text, begin, begin + MAX_ENTRY) if key or word else None
        if found:
            at = found.start("word" if problem.word else "key")
            line = bisect_right(begins, at)
            column = at - begins[line - 1] + 1
        elif line:
            here = text[begin : begins[line] if line < len(begins) else None]
            column = len(here) - len(here.lstrip(" -")) + 1
    return {"line": line, "column": column}


def unknown(name: str, known: Iterable[str]) -> str:
    """Says that a name is not known, what was probably meant, and what is known."""
    names = list(known)
    return f"{name!r} is not known{did_you_mean(name, names)} (known: {listed(names)})"


def listed(names: Sequence[str]) -> str:
    """Names in a message: the first of many."""
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f", and {more} more" if more > 0 else "") or "none"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What was probably meant; empty if nothing is close."""
    meant = meant_by(name, known)
    return f"; did you mean {meant!r}?" if meant else ""


def meant_by(name: str, known: Iterable[str]) -> str | None:
    """The known name that is close to another, if there is one."""
    from difflib import get_close_matches  # noqa: PLC0415  # only for messages

    names = list(known)
    return next(iter(get_close_matches(name, names, n=1)), None) if len(names) <= MAX_COMPARED else None
