"""shots, optimize and error_mitigation: what they set, and that they never go against a config."""

from typing import Any

import numpy as np
import pytest
from compiler_config.config import (
    CompilerConfig,
    ErrorMitigationConfig,
    QuantumResultsFormat,
    Tket,
    TketOptimizations,
)
from compiler_config.experimental.erado.config import EradoConfig
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import ContradictoryConfig, ExperimentalConfig
from qcaas_sdk._programs import with_short_form
from qcaas_sdk._record import JobRequest
from qcaas_sdk._snapshot.config_codec import KeptConfig
from qcaas_sdk.testing import configs


def short(config: Any = None, **settings: Any) -> Any:
    return with_short_form(config, **({"shots": None, "optimize": None, "error_mitigation": None} | settings))


def test_nothing_set_is_no_configuration() -> None:
    assert short() is None


def test_the_short_form_alone_keeps_the_services_defaults() -> None:
    made = short(shots=50)
    same = CompilerConfig(repeats=50, results_format=QuantumResultsFormat().binary_count())
    assert made.to_json() == same.to_json()
    by_default = CompilerConfig(
        repeats=1000, results_format=QuantumResultsFormat().binary_count(), optimizations=Tket()
    )
    assert short(optimize=0).to_json() == by_default.to_json()


@pytest.mark.parametrize(
    ("level", "passes"), [(0, TketOptimizations.Empty), (1, TketOptimizations.One), (2, TketOptimizations.Two)]
)
def test_levels_of_optimisation_are_tkets(level: int, passes: TketOptimizations) -> None:
    assert short(optimize=level).optimizations.tket_optimizations == passes


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("none", ErrorMitigationConfig.Empty),
        ("matrix", ErrorMitigationConfig.MatrixMitigation),
        ("linear", ErrorMitigationConfig.LinearMitigation),
    ],
)
def test_error_mitigation_has_names(name: str, method: ErrorMitigationConfig) -> None:
    assert short(error_mitigation=name).error_mitigation == method


@pytest.mark.filterwarnings("ignore:The `repetition_period`")
@given(configs(), st.integers(1, 10_000), st.sampled_from([0, 1, 2]))
def test_a_config_is_filled_or_refused_and_never_changed(config: CompilerConfig, shots: int, level: int) -> None:
    before = config.to_json()
    try:
        filled = short(config, shots=shots, optimize=level)
    except ContradictoryConfig:
        assert shots != config.repeats or config.optimizations is not None
    else:
        assert (filled.repeats, filled.repetition_period) == (shots, config.repetition_period)
        assert shots == config.repeats
    assert config.to_json() == before


def test_a_config_that_says_so_already_is_taken_as_it_is() -> None:
    config = CompilerConfig(
        repeats=5, optimizations=Tket(TketOptimizations.One), error_mitigation=ErrorMitigationConfig.MatrixMitigation
    )
    assert short(config, shots=5, optimize=1, error_mitigation="matrix") is config


@pytest.mark.parametrize(
    ("config", "settings", "says"),
    [
        (CompilerConfig(repeats=7), {"shots": 5}, "you passed shots=5 and a config with repeats=7"),
        (
            CompilerConfig(optimizations=Tket(TketOptimizations.Two)),
            {"optimize": 1},
            "optimize=.*One.* and a config with optimizations=.*Two",
        ),
        (
            CompilerConfig(error_mitigation=ErrorMitigationConfig.LinearMitigation),
            {"error_mitigation": "none"},
            "error_mitigation=.*Empty and a config with error_mitigation=.*Linear",
        ),
        (EradoConfig(repeats=7), {"shots": 5}, "you passed shots=5 and a config with repeats=7"),
        (EradoConfig(), {"optimize": 1}, "a config with no optimizations in a EradoConfig"),
        (KeptConfig("Mine", "{}"), {"shots": 5}, "a config with no repeats in a KeptConfig"),
        (ExperimentalConfig(repeats=7), {"shots": 5}, "you passed shots=5 and a config with repeats=7"),
    ],
)
def test_a_contradiction_names_both(config: Any, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ContradictoryConfig, match=says) as caught:
        short(config, **settings)
    assert caught.value.argument in settings


def test_it_goes_into_the_compilers_part_of_an_experimental_one() -> None:
    config = ExperimentalConfig(noise=True)
    filled = short(config, shots=5)
    assert (filled.base_config.repeats, filled.external_config) == (5, {"noise_enabled": True})
    assert config.base_config.repeats is None
    assert '"repeats": 5' in JobRequest("OPENQASM 2.0;", "qpu:1", filled).config_json


@pytest.mark.parametrize(
    "settings",
    [
        {"shots": 0},
        {"shots": -1},
        {"shots": True},
        {"shots": 1.5},
        {"shots": "5"},
        {"optimize": 3},
        {"optimize": True},
        {"optimize": "1"},
        {"error_mitigation": "magic"},
        {"error_mitigation": True},
    ],
)
def test_settings_without_a_meaning(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=", not "):
        short(**settings)


def test_integers_of_numpy_are_integers() -> None:
    assert type(short(shots=np.int64(5)).repeats) is int
