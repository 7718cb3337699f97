"""A second look at what the parser complains about: it knows OpenQASM 3 best, and not all of that."""

import re
from contextlib import redirect_stderr
from io import StringIO

_TOKEN = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"\n]*\"|'[^'\n]*'|[^\W\d]\w*", re.DOTALL)
_EMPTY = re.compile(r"([;{}]\s*);")
_UNARY_PLUS = re.compile(r"([(,+\-*/^]\s*)\+(?=\s*[\w.(+\-])")

_WORDS_OF_2 = """
OPENQASM include qreg creg gate opaque barrier measure reset if pi U CX sin cos tan exp ln sqrt
"""
WORDS_OF_2 = frozenset(_WORDS_OF_2.split())
"""What no register or gate of OpenQASM 2 can be called (arXiv:1707.03429); all other names are free."""

_NAMES_OF_3 = """
pi π tau τ euler ℇ U CX gphase arccos arcsin arctan ceiling cos exp floor log mod popcount pow rotl rotr sin sqrt tan
real imag sizeof durationof ln acos asin atan
"""
_BUILT_IN = frozenset(_NAMES_OF_3.split())


def with_free_names(program: str, version: int) -> tuple[str, dict[str, str]]:
    """The program as the parser understands it, all places kept; and its new names.

    OpenQASM 2 may call a register `ctrl` or `output`, like most words of OpenQASM 3. Its parsers take `;;` and `+1`.
    """
    if version == 3:
        return program, {}
    used = set(re.findall(r"\w+", program))
    text = _TOKEN.sub(lambda token: re.sub(r"[^\n]", " ", token[0]) if token[0][0] == "/" else token[0], program)
    text = _until_nothing_changes(_EMPTY, r"\1 ", text)
    text = _until_nothing_changes(_UNARY_PLUS, r"\1 ", text)
    renamed: dict[str, str] = {}
    for name in (used & _words_of_3()) - WORDS_OF_2:
        renamed[name] = _free_name(name, used)
        used.add(renamed[name])
    if renamed:
        text = _TOKEN.sub(lambda token: renamed.get(token[0], token[0]), text)
    return text, {new: old for old, new in renamed.items()}


def is_grammatical(program: str) -> bool:
    """Whether the reference parser of OpenQASM 3 takes it, if that is installed."""
    try:
        import openqasm3  # noqa: PLC0415  # an extra
        from openqasm3.parser import QASM3ParsingError  # noqa: PLC0415  # as above
    except ImportError:
        return False
    try:
        with redirect_stderr(StringIO()):  # it prints what it finds
            openqasm3.parse(program)
    except QASM3ParsingError:
        return False
    except Exception:  # a bug of the parser says nothing about the program
        return True
    return True


def is_undeclared(name: str, text: str, line: int | None, column: int | None) -> bool:
    """Whether a name cannot have been declared: no language has it, and it is not in the text before that place."""
    if name in _BUILT_IN or line is None or column is None:
        return False
    place = sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column
    return not any(token[0] == name for token in _TOKEN.finditer(text) if token.start() < place)


def _words_of_3() -> frozenset[str]:
    from openqasm.lexer import KEYWORDS  # noqa: PLC0415  # an extra; installed, because a text is parsed

    return frozenset(KEYWORDS) | _BUILT_IN


def _free_name(name: str, used: set[str]) -> str:
    """Another name of the same length, so that all places stay."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789_"
    return next(
        candidate
        for first in letters[:26]
        for last in letters
        if (candidate := first + name[1:-1] + last) not in used and candidate not in _words_of_3()
    )


def _until_nothing_changes(pattern: re.Pattern[str], by: str, text: str) -> str:
    while (changed := pattern.sub(by, text)) != text:
        text = changed
    return text
