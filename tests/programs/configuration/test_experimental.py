"""Experimental configurations: two parts in a submission, and one in a snapshot, as OQC's published SDK has it."""

import json
from typing import Any, ClassVar

import pytest
from compiler_config.config import CompilerConfig

from qcaas_sdk import ExperimentalConfig
from qcaas_sdk._record import JobRequest
from qcaas_sdk._service.wire import TaskSubmission
from qcaas_sdk._snapshot.config_codec import KeptConfig, config_of, kind_of
from qcaas_sdk._snapshot.json_fields import Fields

FULL = ExperimentalConfig(noise=True, bond_dimension=50, noise_model={"t1": [1.0, 2.0]}, repeats=10)

AS_PUBLISHED = (
    '{"$type": "<class \'oqc_qcaas_sdk.experimental_config.ExperimentalConfig\'>", "$data": '
    + json.dumps(json.loads(CompilerConfig(repeats=10).to_json())["$data"])
    + ', "$external": {"noise_enabled": true, "bond_dimension": 5}}'
)


def order(config: Any) -> dict[str, Any]:
    request = JobRequest("OPENQASM 2.0;", "qpu:1", config)
    return TaskSubmission(
        "id", request.qpu_id, request.program, request.config_json, external_config=request.external_config
    ).to_wire()


def test_a_submission_carries_both_parts() -> None:
    wire = order(FULL)
    assert wire["config"] == CompilerConfig(repeats=10).to_json()
    assert wire["external_config"] == {
        "noise_enabled": True,
        "bond_dimension": 50,
        "noise_model": {"t1": [1.0, 2.0]},
    }


@pytest.mark.parametrize("config", [None, CompilerConfig(repeats=10), ExperimentalConfig(repeats=10)])
def test_nothing_to_pass_on_is_not_sent(config: Any) -> None:
    assert "external_config" not in order(config)


def test_any_object_of_two_parts_will_do() -> None:
    class Another:
        base_config = CompilerConfig(repeats=3)
        external_config: ClassVar = {"shiny": True}

        def to_json(self) -> str:
            return "{}"

    wire = order(Another())
    assert (wire["config"], wire["external_config"]) == (CompilerConfig(repeats=3).to_json(), {"shiny": True})


@pytest.mark.parametrize("text", [FULL.to_json(), ExperimentalConfig().to_json(), AS_PUBLISHED])
def test_a_snapshot_gives_back_what_was_saved(text: str) -> None:
    loaded = config_of(Fields({"config_json": text, "config_type": "ExperimentalConfig"}, "file"))
    assert isinstance(loaded, ExperimentalConfig)
    assert json.loads(loaded.to_json()) == json.loads(text)
    assert kind_of(loaded) == "ExperimentalConfig"


def test_what_is_published_means_the_same_here() -> None:
    loaded = ExperimentalConfig.from_json(AS_PUBLISHED)
    assert (loaded.noise, loaded.bond_dimension, loaded.noise_model) == (True, 5, None)
    assert loaded.base_config.to_json() == CompilerConfig(repeats=10).to_json()


def test_a_part_that_nobody_here_knows_is_kept_as_it_is() -> None:
    text = AS_PUBLISHED.replace("bond_dimension", "colour")
    assert isinstance(config_of(Fields({"config_json": text, "config_type": "ExperimentalConfig"}, "f")), KeptConfig)


@pytest.mark.parametrize(
    ("settings", "kind", "says"),
    [
        ({"bond_dimension": 0}, ValueError, "at least 1"),
        ({"noise_model": [1]}, TypeError, "not list"),
        ({"base_config": CompilerConfig(), "repeats": 5}, ValueError, "repeats too"),
        ({"colour": 5}, TypeError, "colour"),
    ],
)
def test_what_cannot_be_set(settings: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        ExperimentalConfig(**settings)


@pytest.mark.parametrize("text", ["[]", '{"$external": 3}', "nonsense"])
def test_what_is_no_such_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ExperimentalConfig.from_json(text)
