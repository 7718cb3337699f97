"""The settings that people change daily, without a `CompilerConfig` of their own; and never against one."""

import copy
from typing import Any, TypeVar

from qcaas_sdk._guards import arguments
from qcaas_sdk._programs.config import DEFAULT_SHOTS, Config, Mitigation, Optimize
from qcaas_sdk._programs.experimental import ExperimentalConfig
from qcaas_sdk.errors import ContradictoryConfig

C = TypeVar("C", bound=Config)


def with_short_form(
    config: Config | None, *, shots: int | None, optimize: Optimize | None, error_mitigation: Mitigation | None
) -> Config | None:
    """A configuration with the settings of the short form in it.

    Args:
        config: What the user gave; it is left as it is.
        shots: `repeats`.
        optimize: `optimizations`, as one of Tket's levels.
        error_mitigation: `error_mitigation`, by name.

    Returns:
        `config` itself where it says all that already; a new one otherwise; None where nothing is set at all.

    Raises:
        InvalidArgument: A setting has no meaning.
        ContradictoryConfig: `config` says something else.
    """
    wanted = _settings(shots, optimize, error_mitigation)
    if not wanted:
        return config
    if config is None:
        from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

        made: Config = CompilerConfig(
            **{"repeats": DEFAULT_SHOTS, "results_format": QuantumResultsFormat().binary_count()} | wanted
        )
        return made
    if isinstance(config, ExperimentalConfig):
        base = _filled(config.base_config, wanted)
        return config if base is config.base_config else config.with_base(base)
    return _filled(config, wanted)


_ARGUMENTS = {"repeats": "shots", "optimizations": "optimize", "error_mitigation": "error_mitigation"}


def _settings(shots: Any, optimize: Any, error_mitigation: Any) -> dict[str, Any]:
    if shots is None and optimize is None and error_mitigation is None:
        return {}
    from compiler_config.config import ErrorMitigationConfig, Tket, TketOptimizations  # noqa: PLC0415  # as above

    levels = (TketOptimizations.Empty, TketOptimizations.One, TketOptimizations.Two)
    methods = {
        "none": ErrorMitigationConfig.Empty,
        "matrix": ErrorMitigationConfig.MatrixMitigation,
        "linear": ErrorMitigationConfig.LinearMitigation,
    }
    settings: dict[str, Any] = {}
    if shots is not None:
        settings["repeats"] = arguments.whole(shots, "shots", least=1, most=arguments.MAX_SHOTS)
    if optimize is not None:
        level = arguments.whole(optimize, "optimize", least=0, most=2, hint="a CompilerConfig takes more")
        settings["optimizations"] = Tket(levels[level])
    if error_mitigation is not None:
        settings["error_mitigation"] = methods[arguments.one_of(error_mitigation, "error_mitigation", methods)]
    return settings


def _filled(config: C, wanted: dict[str, Any]) -> C:
    """The configuration with the wanted settings where it has none; itself where it says all of them."""
    missing = {}
    for name, value in wanted.items():
        if not hasattr(config, name):
            raise ContradictoryConfig(_ARGUMENTS[name], _told(value), f"no {name} in a {type(config).__name__}")
        has = getattr(config, name)
        if has is None:
            missing[name] = value
        elif _told(has) != _told(value):
            raise ContradictoryConfig(_ARGUMENTS[name], _told(value), f"{name}={_told(has)}")
    if not missing:
        return config
    filled = copy.copy(config)
    for name, value in missing.items():
        setattr(filled, name, value)
    return filled


def _told(value: Any) -> str:
    """A setting as text; two settings are the same if their texts are."""
    passes = getattr(value, "tket_optimizations", None)
    return str(value) if passes is None else str(passes)
