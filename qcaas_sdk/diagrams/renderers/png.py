"""Pictures as PNG, drawn by Graphviz."""

from qcaas_sdk.diagrams.picture import Picture
from qcaas_sdk.diagrams.renderers.dot import dot
from qcaas_sdk.diagrams.renderers.graphviz import PNG, drawn

DOTS_PER_INCH = 144
"""Two pixels for each unit of the picture."""


def png(picture: Picture) -> bytes:
    """The picture as a PNG file.

    Raises:
        MissingExtra: pygraphviz is not installed.
    """
    return drawn(dot(picture), PNG, f"-Gdpi={DOTS_PER_INCH}")
