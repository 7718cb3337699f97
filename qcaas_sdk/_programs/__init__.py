"""What a job submits: programs, the checks before they are sent, and how they are compiled and read out.

`convert` makes text of files and of other packages' circuits. The configuration itself is the package
`compiler-config`'s.
"""

from typing import TYPE_CHECKING

from qcaas_sdk._base.lazy import lazy

if TYPE_CHECKING:
    from qcaas_sdk._programs.config import Config, Mitigation, Optimize, checked_config
    from qcaas_sdk._programs.experimental import ExperimentalConfig
    from qcaas_sdk._programs.options import with_short_form
    from qcaas_sdk._programs.plausible import check_plausible
    from qcaas_sdk._programs.qubits import QubitUse, qubit_use
    from qcaas_sdk._programs.syntax import PARSED_AT_MOST, check_syntax

__all__ = [
    "PARSED_AT_MOST",
    "Config",
    "ExperimentalConfig",
    "Mitigation",
    "Optimize",
    "QubitUse",
    "check_plausible",
    "check_syntax",
    "checked_config",
    "qubit_use",
    "with_short_form",
]

__getattr__ = lazy(
    __name__,
    {
        "Config": "config",
        "ExperimentalConfig": "experimental",
        "Mitigation": "config",
        "Optimize": "config",
        "PARSED_AT_MOST": "syntax",
        "QubitUse": "qubits",
        "check_plausible": "plausible",
        "check_syntax": "syntax",
        "checked_config": "config",
        "qubit_use": "qubits",
        "with_short_form": "options",
    },
)
