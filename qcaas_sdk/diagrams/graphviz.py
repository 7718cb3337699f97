"""Pictures as SVG and PNG, laid out by the Graphviz that comes inside pygraphviz (extra `diagrams`)."""

import re

from qcaas_sdk.diagrams.dot import dot
from qcaas_sdk.diagrams.model import Picture
from qcaas_sdk.errors import MissingExtra

SCALE = 2
"""Pixels of a PNG for each of the 96 on an inch: sharp on screens with two for one."""


def svg(picture: Picture) -> str:
    """The picture as an SVG document whose text is text.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    text = _drawn(picture, "svg").decode()
    return re.sub(r"<!--.*?-->\n?", "", text[text.index("<svg") :], flags=re.DOTALL)


def png(picture: Picture) -> bytes:
    """The picture as a PNG file, at 192 dots an inch.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    return _drawn(picture, "png", f"-Gdpi={96 * SCALE}")


def _drawn(picture: Picture, form: str, *arguments: str) -> bytes:
    try:
        import pygraphviz  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra(f"a picture as {form.upper()}", "diagrams") from error
    graph = pygraphviz.AGraph(string=dot(picture))
    try:
        drawn: bytes = graph.draw(format=form, prog="dot", args=" ".join(arguments))
    finally:
        graph.close()
    return drawn
