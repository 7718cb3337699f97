"""Programs in: text, files, and the circuits of the field's packages, all to the text that the service takes.

Each circuit is written by the exporter of its own package, which is found by the circuit's type: a package that is
not loaded is never imported. One module a package holds what its exporter needs to be told for this service.
"""

from qcaas_sdk._programs.convert.bind import bound, values_of
from qcaas_sdk._programs.convert.convert import SOURCES, Source, program_text
from qcaas_sdk._programs.convert.inputs import Parameters, Value, check_bound
from qcaas_sdk._programs.names import under_own_names
from qcaas_sdk._programs.types import Circuit, Program

__all__ = [
    "SOURCES",
    "Circuit",
    "Parameters",
    "Program",
    "Source",
    "Value",
    "bound",
    "check_bound",
    "program_text",
    "under_own_names",
    "values_of",
]
