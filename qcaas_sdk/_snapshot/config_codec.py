"""Compiler configurations in a snapshot: their JSON, and an object again."""

import json
import warnings
from collections.abc import Callable
from contextlib import suppress

from attrs import frozen

from qcaas_sdk._programs import ExperimentalConfig
from qcaas_sdk._programs.config import Config
from qcaas_sdk._snapshot.json_fields import Fields, JsonValue, digest

DEFAULT_KIND = "CompilerConfig"
"""The class of a configuration that names none."""


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
    """The configuration in an object's `config_json` and `config_type`; None means the service's default.

    It is read by the package `compiler-config`. What that cannot read, or would submit in other words than those
    saved, becomes a `KeptConfig`. No class is looked up by a name from the file.

    Raises:
        BadSnapshot: It is not a JSON object, or only its type is there.
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
    kind = kind or DEFAULT_KIND
    return _read(text, kind, saved) or KeptConfig(kind, text)


def _read(text: str, kind: str, saved: JsonValue) -> Config | None:
    """The configuration as an object that says exactly what was saved; None if there is none."""
    read = _reader(kind)
    if read is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the reader warns when it leaves something out
            config = read(text)
            return config if digest(json.loads(config.to_json())) == digest(saved) else None
    except Exception:  # the reader of another package may raise anything
        return None


def _reader(kind: str) -> Callable[[str], Config] | None:
    """What reads configurations of a kind; None for one that is not known, or not to this `compiler-config`."""
    read: Callable[[str], Config] | None = None
    if kind == "CompilerConfig":
        from compiler_config.config import CompilerConfig  # noqa: PLC0415  # slow to import

        read = CompilerConfig.create_from_json
    elif kind == "ExperimentalConfig":
        read = ExperimentalConfig.from_json
    elif kind == "EradoConfig":
        with suppress(ImportError):
            from compiler_config.experimental.erado.config import EradoConfig  # noqa: PLC0415  # as above

            read = EradoConfig.from_json
    return read
