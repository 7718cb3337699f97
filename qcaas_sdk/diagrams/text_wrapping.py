"""Long lines as text."""

from textwrap import wrap


def folded(text: str, width: int) -> list[str]:
    """A line, wrapped at `width` characters. Words stay whole."""
    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
