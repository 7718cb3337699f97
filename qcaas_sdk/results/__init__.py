"""Results out: counts and what they say, as numbers, tables, labelled arrays and pictures.

`counts` and `bitstrings` need nothing; the others import the package that they are about when they are used.
"""

from qcaas_sdk.results.bitstrings import Endianness, bits
from qcaas_sdk.results.plots import PlotKind
from qcaas_sdk.results.rows import OnLengthMismatch, Row

__all__ = ["Endianness", "OnLengthMismatch", "PlotKind", "Row", "bits"]
