"""Charts and histories as pictures for people, and as text for other tools.

A chart or a history becomes a `Picture`, which is independent of any format. Each format has one small renderer.
Nothing here is imported before you ask for a picture.
"""

from qcaas_sdk.diagrams.diagram import Diagram
from qcaas_sdk.diagrams.renderers.scxml import scxml
from qcaas_sdk.diagrams.sequence_diagram import SequenceDiagram
from qcaas_sdk.diagrams.timeline import Timeline
from qcaas_sdk.diagrams.view import View

__all__ = ["Diagram", "SequenceDiagram", "Timeline", "View", "scxml"]
