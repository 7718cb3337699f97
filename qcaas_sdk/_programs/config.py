"""What a compiler configuration is, the default one, and whether one can be sent."""

import copy
import json
import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, NoReturn, Protocol, TypeAlias, TypeGuard, cast

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

DEFAULT_SHOTS = 1000
"""As the service's default."""

Optimize: TypeAlias = Literal[0, 1, 2]
"""How hard the service's compiler tries: not at all, `TketOptimizations.One`, or `TketOptimizations.Two`."""

Mitigation: TypeAlias = Literal["none", "matrix", "linear"]
"""Which readout errors are corrected for: none, or by one of the methods in `ErrorMitigationConfig`."""

_PLAIN = frozenset({bool, int, str, type(None)})
_EXPECTED = "a CompilerConfig, a similar configuration, or None"


class Config(Protocol):
    """A compiler configuration: `CompilerConfig` of the package `compiler-config`, or a similar class."""

    def to_json(self) -> str:
        """The configuration in the form that the server takes."""
        ...


class ExternalConfig(Config, Protocol):
    """A configuration with a part that the service passes on to a backend behind it: `ExperimentalConfig`."""

    @property
    def base_config(self) -> Config:
        """The compiler's part."""
        ...

    @property
    def external_config(self) -> Mapping[str, Any]:
        """The backend's part."""
        ...


def is_external(config: Config | None) -> TypeGuard[ExternalConfig]:
    """By its attributes: each job is asked several times, and `isinstance` of a protocol is far slower."""
    return hasattr(config, "external_config") and hasattr(config, "base_config")


@cache
def default_config_json() -> str:
    """The service's default: binary counts of 1000 shots."""
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    text: str = CompilerConfig(repeats=DEFAULT_SHOTS, results_format=QuantumResultsFormat().binary_count()).to_json()
    return text


def checked_config(config: Any) -> Config | None:
    """A configuration that says its settings in JSON; itself, or a copy in which NumPy's numbers are plain ones.

    Raises:
        InvalidArgument: It is none, or a setting cannot be sent.
    """
    if config is None:
        return None
    if isinstance(config, type) or not callable(getattr(config, "to_json", None)):
        raise arguments.wrong("config", _EXPECTED, config, _hint(config))
    if _is_plain(config):
        _check_repeats(config)
        return cast("Config", config)
    base = _with_plain_numbers(getattr(config, "base_config", config))
    if base is not getattr(config, "base_config", config):
        config = base if not hasattr(config, "base_config") else config.with_base(base)
    _check_repeats(base)
    try:
        said = json.loads(config.to_json(), parse_constant=_no_number)
        json.dumps(getattr(config, "external_config", None), allow_nan=False, ensure_ascii=False).encode()
    except Exception as error:  # any error of another package
        raise InvalidArgument(
            f"config must be {_EXPECTED}: {arguments.told(config)} cannot be written as JSON ({error})",
            argument="config",
        ) from error
    if not isinstance(said, dict):
        raise arguments.wrong("config", f"{_EXPECTED}, which writes a JSON object", config)
    return cast("Config", config)


def _check_repeats(config: Any) -> None:
    repeats = getattr(config, "repeats", None)
    if repeats is not None:
        arguments.whole(repeats, "config.repeats", least=1, most=arguments.MAX_SHOTS)


def _is_plain(value: Any) -> bool:
    """Whether it can be sent for sure, being of `compiler-config`'s own classes; to write it would cost far more."""
    kind = type(value)
    if kind in _PLAIN or isinstance(value, Enum):
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is list:
        return all(map(_is_plain, value))
    settings = getattr(value, "__dict__", None) if kind.__module__.startswith("compiler_config.config") else None
    return settings is not None and all(map(_is_plain, settings.values()))


def _with_plain_numbers(config: Any) -> Any:
    """The same, or a copy if one of its settings is a number of NumPy's, which its JSON would refuse."""
    settings = getattr(config, "__dict__", {})
    found = {name: value.item() for name, value in settings.items() if _is_scalar_of_numpy(value)}
    if not found:
        return config
    plain = copy.copy(config)
    vars(plain).update(found)
    return plain


def _is_scalar_of_numpy(value: Any) -> bool:
    return getattr(value, "ndim", None) == 0 and hasattr(value, "dtype") and callable(getattr(value, "item", None))


def _hint(config: object) -> str:
    if isinstance(config, Mapping):
        return "pass CompilerConfig(**…), from compiler_config.config"
    if isinstance(config, str):
        return "pass CompilerConfig.create_from_json(…), from compiler_config.config"
    return ""


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")
