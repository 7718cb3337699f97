"""OQC's configurations for erasure errors: classes of compiler-config, which is slow to import."""

from importlib import import_module
from typing import Any

from qcaas_sdk.errors import MissingExtra

NAMES = ("EradoConfig", "ErasureModel", "IdlingErrorConfig")
MODULE = "compiler_config.experimental.erado.config"


def named(name: str) -> Any:
    """One of these classes.

    Raises:
        MissingExtra: The installed compiler-config does not have it.
    """
    try:
        return getattr(import_module(MODULE), name)
    except (ImportError, AttributeError) as error:
        raise MissingExtra(name, "", install="pip install --upgrade compiler-config") from error
