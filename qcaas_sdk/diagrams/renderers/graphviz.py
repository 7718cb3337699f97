"""The Graphviz inside pygraphviz (extra `diagrams`)."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from qcaas_sdk.errors import MissingExtra

PNG = "png" if sys.platform == "darwin" else "png:cairo:gd"
"""Drawn by cairo and written by gd, which is three times as fast as cairo alone. macOS has neither."""

_one_at_a_time = Lock()


def drawn(dot: str, form: str, *arguments: str) -> bytes:
    """A graph in another format. Nothing that Graphviz prints gets out.

    Args:
        dot: A graph in DOT.
        form: A format of Graphviz.
        arguments: Arguments of its command line.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    try:
        import pygraphviz  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("a picture as SVG or PNG", "diagrams") from error
    with _one_at_a_time, _silenced():
        graph = pygraphviz.AGraph(string=dot)
        try:
            made: bytes = graph.draw(format=form, prog="dot", args=" ".join(arguments))
        finally:
            graph.close()
    return made


@contextmanager
def _silenced() -> Iterator[None]:
    """Graphviz and Fontconfig write to the file descriptor of stderr, past `sys.stderr`."""
    try:
        kept = os.dup(2)
    except OSError:  # this process has no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
