"""JSON values: strictly parsed, and checked piece by piece with the place named."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from attrs import frozen

from qcaas_sdk.errors import BadSnapshot

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]
T = TypeVar("T")

DEEPEST = 150
"""How deep objects and lists may be nested."""
MAX_BITS = 1000
"""How long a whole number may be; a float can still hold it."""

IN_MEMORY = "the snapshot"
"""What stands in messages for the name of a file when there is none."""


class _Repeating(dict[str, JsonValue]):
    """An object of a text in which a key stands twice."""

    repeated: str


def parsed(text: str, file: str) -> JsonValue:
    """The value of a JSON text.

    Raises:
        BadSnapshot: It is no JSON, or JSON in which a key stands twice, a number is not finite, or too deep.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadSnapshot(f"this is no JSON ({error.msg}); is the file whole?", file=file, where=where) from None
    except RecursionError:
        raise BadSnapshot("this is no snapshot: it is nested too deeply", file=file) from None
    except ValueError as error:  # a number of thousands of digits
        raise BadSnapshot(f"this is no snapshot: {error}", file=file) from None
    return plain(value, file)


def plain(value: object, file: str, where: str = "", depth: int = 0) -> JsonValue:
    """A copy of a value, in which nothing is but what JSON knows.

    Raises:
        BadSnapshot: There is something else in it; the error says where.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and value.bit_length() <= MAX_BITS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth == DEEPEST and isinstance(value, Mapping | list | tuple):
        raise BadSnapshot(f"this is nested more than {DEEPEST} deep", file=file, where=f"{where:.100}…")
    if isinstance(value, _Repeating):
        raise BadSnapshot(f"the key {value.repeated!r:.100} stands here twice", file=file, where=where)
    if isinstance(value, Mapping):
        members: JsonObject = {}
        for key, member in value.items():
            if not isinstance(key, str):
                raise BadSnapshot(f"the key {key!r:.100} is no text", file=file, where=where)
            members[key] = plain(member, file, f"{where}.{key}" if where else key, depth + 1)
        return members
    if isinstance(value, list | tuple):
        return [plain(member, file, f"{where}[{place}]", depth + 1) for place, member in enumerate(value)]
    said = (
        "a number that is not finite, or too large" if isinstance(value, int | float) else f"{type(value).__name__}"
    )
    raise BadSnapshot(f"{said}: JSON has no such value", file=file, where=where)


def digest(value: JsonValue) -> str:
    """What two values share if and only if they are the same JSON, however it is written."""
    return blake2b(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), digest_size=16).hexdigest()


@frozen
class Fields:
    """A JSON object that knows where it stands, so that whoever finds fault with it can say so.

    Attributes:
        values: Its members.
        file: The file that it is in.
        where: Its place there.
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
            raise self.wrong(key, f"at {error.start} it holds half of a surrogate pair, not a character") from None
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
            raise self.wrong(key, f"expected a time as 2026-01-31T12:00:00+00:00, not {said!r:.60}") from None

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
