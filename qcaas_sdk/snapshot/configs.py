"""Compiler configurations in a snapshot: their JSON, and an object again."""

import json
import warnings

from attrs import frozen

from qcaas_sdk.program import Config
from qcaas_sdk.snapshot.values import Fields, JsonValue

COMPILER_CONFIG = "CompilerConfig"
ERADO_CONFIG = "EradoConfig"


@frozen
class KeptConfig:
    """A configuration that no class known here reads without a change; it is submitted and saved exactly as it was.

    Attributes:
        kind: The name of the class that wrote it.
        json: What it wrote.
    """

    kind: str
    json: str

    def to_json(self) -> str:
        """What was written."""
        return self.json


def kind_of(config: Config) -> str:
    """What a snapshot calls the class of a configuration."""
    return config.kind if isinstance(config, KeptConfig) else type(config).__name__


def config_of(fields: Fields) -> Config | None:
    """The configuration in an object's `config_json` and `config_type`; None stands for the service's default.

    It is read by the package `compiler-config`. What that cannot read, or would change, becomes a `KeptConfig`: no
    class is looked up by a name from the file.

    Raises:
        BadSnapshot: It is no JSON object, or only its type is there.
    """
    text, kind = fields.text_or_none("config_json"), fields.text_or_none("config_type")
    if text is None:
        if kind is not None:
            raise fields.wrong("config_json", f"this is missing, but config_type says {kind!r:.60}")
        return None
    try:
        saved = json.loads(text)
    except (ValueError, RecursionError):
        saved = None
    if not isinstance(saved, dict):
        raise fields.wrong("config_json", f"expected the JSON text of an object, not {text!r:.60}")
    kind = kind or COMPILER_CONFIG
    return _read(text, kind, saved) or KeptConfig(kind, text)


def _read(text: str, kind: str, saved: JsonValue) -> Config | None:
    """The configuration as an object that says all that was saved; None if there is none."""
    if kind not in {COMPILER_CONFIG, ERADO_CONFIG}:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the reader warns when it leaves something out
            config = _compiler_config(text) if kind == COMPILER_CONFIG else _erado_config(text)
            return config if _covers(json.loads(config.to_json()), saved) else None
    except Exception:  # whatever another package's reader meets in a text that may be anything
        return None


def _compiler_config(text: str) -> Config:
    from compiler_config.config import CompilerConfig  # noqa: PLC0415  # slow to import

    config: Config = CompilerConfig.create_from_json(text)
    return config


def _erado_config(text: str) -> Config:
    from compiler_config.experimental.erado.config import EradoConfig  # noqa: PLC0415  # slow, and not in all versions

    config: Config = EradoConfig.from_json(text)
    return config


def _covers(whole: JsonValue, part: JsonValue) -> bool:
    """Whether `whole` says all that `part` says; more fields with newer versions' defaults do no harm."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _covers(whole[key], value) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_covers, whole, part))
    return type(whole) is type(part) and whole == part
