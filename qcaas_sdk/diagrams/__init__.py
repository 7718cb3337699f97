"""Charts as text and pictures for people, and for other engines."""

from qcaas_sdk.diagrams.scxml import scxml

__all__ = ["scxml"]
