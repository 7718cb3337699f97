"""Results: counts, and statistics, tables, labelled arrays and plots of them.

`counts` and `bitstrings` need no extra. The other modules import their package when you use them.
"""

from qcaas_sdk.results.bitstrings import Endianness, bits
from qcaas_sdk.results.rows import OnLengthMismatch, PlotKind, Row

__all__ = ["Endianness", "OnLengthMismatch", "PlotKind", "Row", "bits"]
