"""What a job submits: programs, the checks before they are sent, and how they are compiled and read out.

`convert` makes text of files and of other packages' circuits. The configuration itself is the package
`compiler-config`'s.
"""

from qcaas_sdk._programs.config import Config, checked_config
from qcaas_sdk._programs.experimental import ExperimentalConfig
from qcaas_sdk._programs.options import Mitigation, Optimize, with_short_form
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
