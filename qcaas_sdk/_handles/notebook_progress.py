"""Progress in a notebook: a display of the cell that is updated. It needs neither widgets nor rich."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread
from typing import Protocol

from qcaas_sdk._base.text import one_line_html

REFRESHES_PER_S = 2


class Handle(Protocol):
    """A display that can be updated."""

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        """Show something else."""
        ...


def in_notebook() -> bool:
    """Whether this code runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


@contextmanager
def updated(bundle: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Show something while the enclosed code runs, and once more at its end.

    Args:
        bundle: What is shown, by media type; called about twice per second in another thread.
    """
    from IPython.display import display  # noqa: PLC0415  # a kernel has it

    handle: Handle = display(bundle(), raw=True, display_id=True)
    stop = Event()

    def refresh() -> None:
        while not stop.wait(1 / REFRESHES_PER_S):
            handle.update(bundle(), raw=True)

    thread = Thread(target=copy_context().run, args=(refresh,), daemon=True)  # the context says which cell it is
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        handle.update(bundle(), raw=True)


def bars(rows: list[tuple[str, int, str]], total: int, summary: str) -> str:
    """Counts as an HTML table with bars.

    Args:
        rows: Name, count and colour of each bar.
        total: The count of a full bar.
        summary: A line below.
    """
    written = "".join(
        f'<tr><td style="text-align:right">{one_line_html(name)}</td><td style="text-align:right">{count:,}</td>'
        f'<td style="text-align:left;width:16em"><span style="display:inline-block;height:0.8em;background:{colour};'
        f'width:{max(1.0, 100 * count / max(1, total)):.0f}%"></span></td></tr>'
        for name, count, colour in rows
    )
    return f'<div><table>{written}</table><div style="opacity:0.75">{one_line_html(summary)}</div></div>'
