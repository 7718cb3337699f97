"""What you call a job: its name, and your own metadata."""

import math
from collections.abc import Mapping
from typing import Any

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument

MAX_NAME = 200
"""Characters of a name."""

MAX_DEPTH = 50
"""How deep metadata may be nested."""

MAX_METADATA = 10_000
"""Values in the metadata of one job: a journal keeps them for each."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
UserMetadata = Mapping[str, Json]
"""JSON values by name."""


def name_or_none(value: Any) -> str | None:
    """The name of a job or composite.

    Raises:
        InvalidArgument: It is not printable text, begins or ends with a space, or is too long.
    """
    if value is None:
        return None
    name = arguments.text(value, "name")
    if not name.isprintable() or name != name.strip() or len(name) > MAX_NAME:
        expected = f"printable text of at most {MAX_NAME} characters, without spaces at its ends"
        raise arguments.wrong("name", expected, name)
    return name


def metadata_or_none(value: Any, argument: str = "user_metadata") -> dict[str, Json] | None:
    """A copy of metadata that shares nothing with the original.

    Raises:
        InvalidArgument: It is not a mapping, or holds something that is not JSON; the message says where.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise arguments.wrong(argument, "a mapping of JSON values, as {'run': 3}", value)
    left = [MAX_METADATA]
    copied = _copied(value, argument, 0, left)
    assert isinstance(copied, dict)
    return copied


def metadata_of_each(value: Any, jobs: int, *, many: bool) -> list[dict[str, Json] | None]:
    """The metadata of each of some jobs: one mapping for all, or a list with one for each.

    Raises:
        InvalidArgument: As `metadata_or_none`, or the list does not have one entry for each job.
    """
    if not isinstance(value, list | tuple):
        return [metadata_or_none(value)] * jobs
    if not many or len(value) != jobs:
        expected = "one for each job of a composite" if many else "one mapping, because there is one job"
        raise InvalidArgument(
            f"user_metadata has {len(value)} entries for {jobs} job{'s' if jobs != 1 else ''}: pass {expected}",
            argument="user_metadata",
        )
    return [metadata_or_none(one, f"user_metadata[{place}]") for place, one in enumerate(value)]


def _copied(value: Any, where: str, depth: int, left: list[int]) -> Json:
    left[0] -= 1
    if left[0] < 0 or depth > MAX_DEPTH:
        limit = f"{MAX_METADATA:,} values" if left[0] < 0 else f"{MAX_DEPTH} levels"
        raise InvalidArgument(f"{where:.200} is too much: the limit is {limit}", argument=where.partition("[")[0])
    if value is None or type(value) is bool:
        return None if value is None else bool(value)
    if isinstance(value, str):
        return _text(value, where)
    if type(value) is int and value.bit_length() <= 1000:
        return int(value)
    if type(value) is float and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        members: dict[str, Json] = {}
        for key, member in value.items():
            if not isinstance(key, str):
                raise _not_json(f"{where} has the key {arguments.told(key)}, which", where, "use text")
            members[_text(key, where)] = _copied(member, f"{where}[{key!r:.60}]", depth + 1, left)
        return members
    if isinstance(value, list | tuple):
        return [_copied(member, f"{where}[{place}]", depth + 1, left) for place, member in enumerate(value)]
    hint = "call its item() or tolist()" if hasattr(value, "dtype") else "convert it to text or numbers"
    raise _not_json(f"{where} is {arguments.told(value)}, which", where, hint)


def _text(value: str, where: str) -> str:
    plain = str.__str__(value)
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise _not_json(f"{where} has half of a surrogate pair, which", where, "use whole characters") from None
    return plain


def _not_json(what: str, where: str, hint: str) -> InvalidArgument:
    return InvalidArgument(f"{what} is not a JSON value: {hint}", argument=where.partition("[")[0])
