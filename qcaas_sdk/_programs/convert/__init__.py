"""Programs in: text, files, and the circuits of the field's packages, all to the text that the service takes.

Each circuit is written by the exporter of its own package, which is found by the circuit's type: a package that is
not loaded is never imported. One module a package holds what its exporter needs to be told for this service.
"""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy
from qcaas_sdk._programs.circuit_types import Circuit, Program
from qcaas_sdk._programs.register_names import under_own_names

if TYPE_CHECKING:
    from qcaas_sdk._programs.convert.bind import bound
    from qcaas_sdk._programs.convert.convert import SOURCES, Source, program_text
    from qcaas_sdk._programs.convert.inputs import check_bound

__all__ = ["SOURCES", "Circuit", "Program", "Source", "bound", "check_bound", "program_text", "under_own_names"]

__getattr__ = lazy(
    __name__,
    {
        "SOURCES": "convert",
        "Source": "convert",
        "bound": "bind",
        "check_bound": "inputs",
        "program_text": "convert",
    },
)
