"""Pictures as SVG and PNG, laid out by the Graphviz inside pygraphviz (extra `diagrams`)."""

import re
import sys

from qcaas_sdk.diagrams.picture import Picture
from qcaas_sdk.diagrams.renderers.dot import dot
from qcaas_sdk.errors import MissingExtra

PNG = "png" if sys.platform == "darwin" else "png:cairo:gd"
"""Drawn by cairo and written by gd, which is three times as fast as cairo alone. macOS has neither."""

DOTS_AN_INCH = 120


def svg(picture: Picture) -> str:
    """The picture as an SVG document.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    text = _drawn(picture, "svg").decode()
    return re.sub(r"<!--.*?-->\n?", "", text[text.index("<svg") :], flags=re.DOTALL)


def png(picture: Picture) -> bytes:
    """The picture as a PNG file, at 120 dpi.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    return _drawn(picture, PNG, f"-Gdpi={DOTS_AN_INCH}")


def _drawn(picture: Picture, form: str, *arguments: str) -> bytes:
    try:
        import pygraphviz  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise MissingExtra("a picture as SVG or PNG", "diagrams") from error
    graph = pygraphviz.AGraph(string=dot(picture))
    try:
        drawn: bytes = graph.draw(format=form, prog="dot", args=" ".join(arguments))
    finally:
        graph.close()
    return drawn
