"""Charts, and what has happened in them, as pictures for people and as text for other engines.

A chart or a life becomes a `Picture`, which knows no format; each format is one small renderer of pictures. Nothing
here is imported before a picture is wanted.
"""

from qcaas_sdk.diagrams.chart import Detail
from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.renderers.scxml import scxml
from qcaas_sdk.diagrams.timeline import Timeline

__all__ = ["Detail", "Diagram", "Timeline", "scxml"]
