"""JSON values: strictly parsed, and checked piece by piece with the place named."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeAlias, TypeVar

from attrs import frozen

from qcaas_sdk.errors import BadSnapshot

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]
T = TypeVar("T")

_Way: TypeAlias = "tuple[_Way, str | int] | None"
"""The way to a value: that to what it is in, and its key or index there."""

DEEPEST = 150
"""How deep objects and lists may be nested."""
MAX_BITS = 1000
"""How long a whole number may be; a float can still hold it."""

IN_MEMORY = "the snapshot"
"""The name in messages for a snapshot that is not in a file."""


class _Repeating(dict[str, JsonValue]):
    """A JSON object in which a key occurs twice."""

    repeated: str


def parsed(text: str, file: str) -> JsonValue:
    """The value of a JSON text.

    Raises:
        BadSnapshot: It is not valid JSON, a key occurs twice, a number is not finite, or it is nested too deeply.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadSnapshot(
            f"this is not valid JSON ({error.msg}); is the file complete?", file=file, where=where
        ) from None
    except RecursionError:
        raise BadSnapshot("this is not a snapshot: it is nested too deeply", file=file) from None
    except ValueError as error:  # a number of thousands of digits
        raise BadSnapshot(f"this is not a snapshot: {error}", file=file) from None
    return plain(value, file)


def plain(value: object, file: str) -> JsonValue:
    """A copy of a value, with JSON values only.

    Raises:
        BadSnapshot: It contains something else; the error says where.
    """
    return _plain(value, file, None, 0)


def _plain(value: object, file: str, way: _Way, depth: int) -> JsonValue:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and value.bit_length() <= MAX_BITS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth == DEEPEST and isinstance(value, Mapping | list | tuple):
        raise BadSnapshot(f"this is nested more than {DEEPEST} levels deep", file=file, where=f"{_told(way):.100}…")
    if isinstance(value, _Repeating):
        raise BadSnapshot(f"the key {value.repeated!r:.100} occurs twice", file=file, where=_told(way))
    deeper = depth + 1
    if isinstance(value, dict | Mapping):
        members: JsonObject = {}
        for key, member in value.items():
            if not isinstance(key, str):
                raise BadSnapshot(f"the key {key!r:.100} is not text", file=file, where=_told(way))
            is_text = isinstance(member, str)  # most are: a call for each would take half of the time
            members[key] = member if is_text else _plain(member, file, (way, key), deeper)
        return members
    if isinstance(value, list | tuple):
        return [_plain(member, file, (way, place), deeper) for place, member in enumerate(value)]
    said = (
        "a number that is not finite, or too large" if isinstance(value, int | float) else f"{type(value).__name__}"
    )
    raise BadSnapshot(f"{said}: JSON cannot represent it", file=file, where=_told(way))


def _told(way: _Way) -> str:
    """Where a value is, as errors say it: `jobs[2].state`."""
    if way is None:
        return ""
    outer, step = way
    before = _told(outer)
    if isinstance(step, int):
        return f"{before}[{step}]"
    return f"{before}.{step}" if before else step


def digest(value: JsonValue) -> str:
    """What two values share if and only if they are the same JSON, however it is written."""
    return blake2b(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), digest_size=16).hexdigest()


@frozen
class Fields:
    """A JSON object and its place in a file, for error messages.

    Attributes:
        values: Its members.
        file: The file.
        where: Its place in the file.
    """

    values: JsonObject
    file: str
    where: str = ""

    @classmethod
    def of(cls, value: JsonValue, file: str, where: str = "") -> "Fields":
        """The members of a value that must be an object.

        Raises:
            BadSnapshot: It is something else.
        """
        if not isinstance(value, dict):
            raise BadSnapshot(f"expected an object, not {_said(value)}", file=file, where=where)
        return cls(value, file, where)

    def wrong(self, key: str, reason: str) -> BadSnapshot:
        """The error that says what is wrong with a member; with the object itself if the key is empty."""
        return BadSnapshot(reason, file=self.file, where=self.place_of(key) if key else self.where)

    def place_of(self, key: str) -> str:
        """Where a member stands."""
        return f"{self.where}.{key}" if self.where else key

    def text(self, key: str) -> str:
        """A text that must be there."""
        return self._exactly(key, str, "a text")

    def text_or_none(self, key: str) -> str | None:
        """A text, or null, or nothing."""
        return None if self.values.get(key) is None else self.text(key)

    def sendable_or_none(self, key: str) -> str | None:
        """As `text_or_none`, for a text that goes to the service: all of its characters can be encoded."""
        said = self.text_or_none(key)
        try:
            (said or "").encode()
        except UnicodeEncodeError as error:
            raise self.wrong(key, f"at {error.start} it contains half of a surrogate pair, not a character") from None
        return said

    def number_or_none(self, key: str) -> int | None:
        """A whole number, or null, or nothing."""
        return None if self.values.get(key) is None else self._exactly(key, int, "a whole number")

    def seconds(self, key: str) -> float:
        """A number that must be there."""
        value = self._present(key)
        return float(self._exactly(key, int, "a number")) if type(value) is not float else value

    def flag(self, key: str) -> bool:
        """True or false; false if it is not there."""
        return self._exactly(key, bool, "true or false") if key in self.values else False

    def require(self, *keys: str) -> None:
        """Refuse the object if one of these members is not there."""
        for key in keys:
            self._present(key)

    def object_or_none(self, key: str) -> JsonObject | None:
        """An object, or null, or nothing."""
        return None if self.values.get(key) is None else self.object(key).values

    def object(self, key: str) -> "Fields":
        """An object that must be there."""
        return Fields.of(self._present(key), self.file, self.place_of(key))

    def objects(self, key: str) -> list["Fields"]:
        """A list of objects; empty if it is not there."""
        values = self._exactly(key, list, "a list") if key in self.values else []
        return [Fields.of(value, self.file, f"{self.place_of(key)}[{place}]") for place, value in enumerate(values)]

    def moment_or_none(self, key: str) -> datetime | None:
        """A time in UTC, or null, or nothing; one without a zone is taken as local time."""
        said = self.text_or_none(key)
        if said is None:
            return None
        try:
            return datetime.fromisoformat(said).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            raise self.wrong(key, f"expected a time such as 2026-01-31T12:00:00+00:00, not {said!r:.60}") from None

    def _present(self, key: str) -> JsonValue:
        if key not in self.values:
            raise self.wrong(key, "this is missing")
        return self.values[key]

    def _exactly(self, key: str, kind: type[T], expected: str) -> T:
        value = self._present(key)
        if type(value) is not kind:
            raise self.wrong(key, f"expected {expected}, not {_said(value)}")
        return value


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeating = _Repeating(members)
    keys = [key for key, _ in pairs]
    repeating.repeated = next(key for key in keys if keys.count(key) > 1)
    return repeating


def _said(value: JsonValue) -> str:
    """A value in a message: what kind it is, and its beginning."""
    match value:
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return f"{value!r:.60}"
