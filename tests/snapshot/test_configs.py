"""Compiler configurations come back as objects of their own package, or stay exactly what they were."""

import json
from typing import Any

import pytest
from compiler_config.config import CompilerConfig, Qasm2Optimizations, QuantumResultsFormat
from compiler_config.experimental.erado.config import EradoConfig, IdlingErrorConfig

from qcaas_sdk._programs.config import Config
from qcaas_sdk._snapshot.config_codec import KeptConfig, config_of, kind_of
from qcaas_sdk._snapshot.json_fields import Fields
from qcaas_sdk.errors import BadSnapshot


def read(config_json: Any, config_type: Any = "CompilerConfig") -> Config | None:
    return config_of(Fields({"config_json": config_json, "config_type": config_type}, "file", "here"))


@pytest.mark.parametrize(
    "config",
    [
        CompilerConfig(),
        CompilerConfig(repeats=5, results_format=QuantumResultsFormat().raw(), optimizations=Qasm2Optimizations()),
        EradoConfig(repeats=3),
        EradoConfig(idling_error=IdlingErrorConfig()),
    ],
)
def test_an_object_of_its_own_package(config: Config) -> None:
    loaded = read(config.to_json(), kind_of(config))
    assert type(loaded) is type(config)
    assert loaded.to_json() == config.to_json()


def test_none_is_the_default() -> None:
    assert read(None, None) is None
    assert config_of(Fields({}, "file")) is None


def test_without_a_type_it_is_a_compiler_config() -> None:
    assert isinstance(read(CompilerConfig(repeats=5).to_json(), None), CompilerConfig)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"anything": 1}', "ConfigOfMine"),
        ('{"$data": {}, "$external": {"noise_enabled": true}}', "ExperimentalConfig"),
        ('{"$type": "<class \'os.system\'>", "$data": "true"}', "CompilerConfig"),
        ('{"$type": "<class \'compiler_config.config.Tket\'>", "$data": {}}', "CompilerConfig"),
        (CompilerConfig().to_json(), "EradoConfig"),
        (CompilerConfig().to_json(), "os.system"),
        (CompilerConfig().to_json().replace('"repeats": null, ', ""), "CompilerConfig"),
        (CompilerConfig().to_json().replace('"$value": 6', '"$value": 4102'), "CompilerConfig"),
        ('{"a": ' * 900 + "1" + "}" * 900, "CompilerConfig"),
    ],
)
def test_what_nobody_here_can_say_in_the_same_words_stays_as_it_was(text: str, kind: str) -> None:
    config = read(text, kind)
    assert config == KeptConfig(kind, text)
    assert config is not None
    assert (config.to_json(), kind_of(config)) == (text, kind)


def test_what_is_no_configuration() -> None:
    for text in ("", "nonsense", "[]", "1", '{"a": 1', "[" * 100_000):
        with pytest.raises(BadSnapshot, match=r"file: here.config_json: expected the JSON text of an object"):
            read(text)
    with pytest.raises(BadSnapshot, match=r"here.config_json: expected a text, not an object"):
        read(json.loads(CompilerConfig().to_json()))
    with pytest.raises(
        BadSnapshot, match=r"here.config_json: this is missing, but config_type says 'CompilerConfig'"
    ):
        read(None)
