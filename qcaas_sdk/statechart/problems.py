"""What is wrong in a chart: collected first, and raised together."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from qcaas_sdk.errors import BadStatechart

MAX_ENTRY = 4_000
"""How far after the line of an entry a word of it is looked for, in characters."""


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
    found = [BadStatechart(one.message, file=file, **_place(one, text)) for one in dict.fromkeys(problems)]
    found.sort(key=lambda error: (error.line or float("inf"), error.column or 0))
    if found:
        raise BadStatechart.of(found)


def _place(problem: Problem, text: str) -> dict[str, int | None]:
    """The line and column of a mistake, as closely as it is known."""
    begin, line, column = 0, problem.line or None, problem.column
    if column is None and text and (line or problem.key):
        for _ in range((line or 1) - 1):
            begin = text.find("\n", begin) + 1
        word = rf".*?(?<!\w)(?P<word>{re.escape(problem.word)})(?!\w)" if problem.word else ""
        key = rf"(?<!\w)(?P<key>{problem.key})\s*:" if problem.key else ""
        found = re.compile(key + word, re.DOTALL).search(text, begin, begin + MAX_ENTRY) if key or word else None
        if found:
            at = found.start("word" if problem.word else "key")
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        elif line:
            here = text[begin:].partition("\n")[0]
            column = len(here) - len(here.lstrip(" -")) + 1
    return {"line": line, "column": column}


def unknown(name: str, known: Iterable[str]) -> str:
    """Says that a name is not known, what was probably meant, and what is known."""
    names = list(known)
    return f"{name!r} is not known{did_you_mean(name, names)} (known: {', '.join(names) or 'none'})"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What was probably meant; empty if nothing is close."""
    meant = meant_by(name, known)
    return f"; did you mean {meant!r}?" if meant else ""


def meant_by(name: str, known: Iterable[str]) -> str | None:
    """The known name that is close to another, if there is one."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)
