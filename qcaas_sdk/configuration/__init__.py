"""How a program is compiled, run and read out: the short form of a configuration, and one for experimental backends.

The configuration itself is the package `compiler-config`'s.
"""

from qcaas_sdk.configuration.checked import checked_config
from qcaas_sdk.configuration.experimental import ExperimentalConfig
from qcaas_sdk.configuration.short_form import Mitigation, Optimize, with_short_form

__all__ = ["ExperimentalConfig", "Mitigation", "Optimize", "checked_config", "with_short_form"]
