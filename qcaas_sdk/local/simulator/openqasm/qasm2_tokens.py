"""Splits OpenQASM 2 into tokens."""

import re
from dataclasses import dataclass

from qcaas_sdk.local.simulator.openqasm.errors import ProgramError

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<real>(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
    |(?P<int>\d+)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?P<symbol>->|[=!<>]=|[-+*/^()\[\]{};,<>])""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True)
class Token:
    """A token.

    Attributes:
        kind: "real", "int", "name", "string", "symbol", or "end" after the last one.
        text: Its text.
        line: From 1.
        column: From 0.
    """

    kind: str
    text: str
    line: int
    column: int

    @property
    def at(self) -> tuple[int, int]:
        """Its place, for errors."""
        return self.line, self.column


def tokens_of(code: str) -> list[Token]:
    """The tokens of a program without comments.

    Raises:
        ProgramError: It has a character that OpenQASM 2 does not use.
    """
    tokens = []
    position, line, line_start = 0, 1, 0
    while position < len(code):
        match = _TOKEN.match(code, position)
        if match is None:
            raise ProgramError(f"{code[position]!r} is not expected here", (line, position - line_start))
        kind, text = match.lastgroup or "", match[0]
        if kind == "space":
            if (breaks := text.count("\n")) > 0:
                line += breaks
                line_start = position + text.rindex("\n") + 1
        else:
            tokens.append(Token(kind, text, line, position - line_start))
        position = match.end()
    tokens.append(Token("end", "the end of the program", line, max(0, position - line_start)))
    return tokens
