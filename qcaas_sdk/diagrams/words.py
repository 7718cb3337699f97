"""Durations and long lines as text."""

from textwrap import wrap


def duration(seconds: float) -> str:
    """A duration, such as `340 ms`, `3.4 s`, `2 min 05 s` or `3 h 10 min`."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s"


def folded(text: str, width: int) -> list[str]:
    """A line, wrapped at `width` characters. Words stay whole."""
    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
