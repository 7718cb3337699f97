"""Text from outside, made fit for where it is shown.

Messages of a service, names, ids, tags and file names are data. They may hold anything: escape sequences, line
breaks, marks that turn the direction of writing, halves of characters. Every output of this package (messages,
`repr`, terminal, pictures, notebooks) shows them through the functions of this module. The data is never changed.
"""

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable, and that show nothing: fillers, joiners, selectors of variants."""

MAX_MESSAGE = 4000
"""Characters of a message. What was passed or answered may be of any length."""

_MERMAID = r"(?i)[^\w\s.,'()\[\]/+·×⇄↺=-]|--+|\be(?=nd\s+note)"
"""What does more than stand there in Mermaid. A line `end note` ends a note."""

_SEQUENCE = r"(?i)[^\w\s.,'\"()\[\]/+·×⇄↺→…:=?!*@|~-]|^\s*(no)?wrap(?=:)"


def one_line(text: str) -> str:
    r"""The text as one line in which every character can be seen.

    White space becomes a space. What is not printable (controls, marks of direction, halves of surrogate pairs,
    characters of zero width, private and unassigned ones) is written as in Python, such as `\x1b` or `\u202e`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text))


def message(text: str) -> str:
    """The text as one line that a person can read: of a long one the beginning and the end."""
    if len(text) > MAX_MESSAGE:
        text = f"{text[: MAX_MESSAGE * 3 // 4]} … {text[-MAX_MESSAGE // 4 :]}"
    return one_line(text)


def one_line_html(text: str) -> str:
    """The text as one line of HTML or XML, as content or as an attribute in quotes."""
    from html import escape  # noqa: PLC0415  # slow to import

    return escape(one_line(text))


def one_line_mermaid(text: str) -> str:
    """The text as one line of Mermaid: what Mermaid or HTML could take for more than text is a numbered entity."""
    return re.sub(_MERMAID, lambda found: _entities(found[0]), one_line(text))


def one_line_sequence(text: str) -> str:
    """The text as one line of a sequence diagram in Mermaid, where fewer characters do more than stand there."""
    return re.sub(_SEQUENCE, lambda found: _entities(found[0]), one_line(text))


def one_line_dot(text: str) -> str:
    """The text as one line inside a quoted string of DOT. Graphviz reads entities there too."""
    from html import escape  # noqa: PLC0415  # as above

    return escape(one_line(text), quote=False).replace("\\", "\\\\").replace('"', '\\"')


def one_line_plot(text: str) -> str:
    """The text as one line for matplotlib, which takes what stands between dollars for mathematics."""
    return one_line(text).replace("$", r"\$")


def xml_comment(text: str) -> str:
    """The text as the inside of an XML comment, which must not hold two hyphens in a row."""
    return f" {re.sub('-(?=-)', '- ', one_line(text))} "


def counted(count: int, noun: str) -> str:
    """A number with its noun, as `1 job` or `2,000 jobs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """A duration, such as `340 ms`, `3.4 s`, `2 min 05 s` or `3 h 10 min`."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def padded(text: str, columns: int) -> str:
    """The text with spaces after it, so that it takes at least so many columns."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """The text, with an ellipsis for its end if it takes more columns than there are."""
    if width(text) <= columns:
        return text
    taken, kept = 1, ""
    for char in text:
        taken += _columns(char)
        if taken > columns:
            break
        kept += char
    return f"{kept}…"


def _seen(char: str) -> str:
    if char.isspace():
        return " "
    if char.isprintable() and not _UNSEEN.match(char):
        return char
    return char.encode("ascii", "backslashreplace").decode() if ord(char) > 0x7F else repr(char)[1:-1]


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _entities(chars: str) -> str:
    return "".join(f"#{ord(char)};" for char in chars)
