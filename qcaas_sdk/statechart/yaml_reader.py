"""From YAML text to plain values and their places.

The dialect is smaller than YAML 1.1: `on`, `off`, `yes` and `no` are words and not booleans, a key occurs once in a
mapping, and there are no anchors, tags, dates or second documents.
"""

from typing import TYPE_CHECKING, TypeAlias

import yaml

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Path = tuple[str | int, ...]
Places: TypeAlias = "dict[Path, tuple[int, int]]"
"""The line and the column of each value by its path; of a value in a mapping, those of its key."""

MAX_CHARACTERS = 1_000_000
"""How long a chart can be: about 10,000 states."""

MAX_DEPTH = 100
"""How deep lists and mappings can be in each other."""

_BOOLEANS = {"true": True, "false": False}
_TAG = "tag:yaml.org,2002:"
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one is not in every build of PyYAML
_RESOLVER = yaml.resolver.Resolver()


def read_yaml(text: str, file: str) -> tuple[Value, Places, list[Problem]]:
    """Read one document.

    Args:
        text: The document.
        file: Its name, for messages.

    Returns:
        The value, the line and column of every value in it by its path, counted from 1, and the keys that occur
        twice; the first of them counts.

    Raises:
        BadStatechart: It is not YAML, too long or too deep, or uses a feature that the dialect does not have.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text)} characters; a chart has at most {MAX_CHARACTERS}"
        raise BadStatechart(message, file=file)
    reader = _Reader(text, file)
    try:
        return reader.document(), reader.places, reader.problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise BadStatechart(
            f"this is not valid chart YAML: {problem}",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    except yaml.YAMLError as error:
        raise BadStatechart(f"this is not valid YAML: {error}", file=file) from error


class _Reader:
    """Makes values of the parser's events, and notes their places."""

    def __init__(self, text: str, file: str) -> None:
        self.places: Places = {}
        self.problems: list[Problem] = []
        self._file = file
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_PARSER)

    def document(self) -> Value:
        """The value of the only document."""
        next(self._events)  # the stream begins
        if not isinstance(next(self._events), yaml.DocumentStartEvent):
            message = "the file is empty: a chart needs a name, states and transitions"
            raise BadStatechart(message, file=self._file, line=1)
        value = self._value(next(self._events), ())
        next(self._events)  # the document ends
        if isinstance(after := next(self._events), yaml.DocumentStartEvent):
            raise self._wrong("a chart is one document: remove what follows", after)
        return value

    def _value(self, event: yaml.Event, path: Path) -> Value:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._wrong("a chart cannot have anchors or aliases: write the value out", event)
        if len(path) > MAX_DEPTH:
            raise self._wrong(f"lists and mappings are more than {MAX_DEPTH} deep in each other", event)
        self.places[path] = _place(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Value] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._value(item, (*path, len(items))))
            return items
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        assert isinstance(event, yaml.ScalarEvent)  # the last kind of value
        return self._scalar(event)

    def _mapping(self, path: Path) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._wrong("a key must be a word", event)
            key, (line, column) = event.value, _place(event)
            if key in mapping:
                self.problems.append(Problem(f"the key {key!r} occurs twice", line, column=column))
                places, self.places = self.places, {}
                self._value(next(self._events), path)
                self.places = places
                continue
            mapping[key] = self._value(next(self._events), (*path, key))
            self.places[(*path, key)] = line, column
        return mapping

    def _scalar(self, event: yaml.ScalarEvent) -> Value:
        text: str = event.value
        if event.style:  # quoted or a block: always a word
            return text
        plain: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # no types
        tag: str = event.tag or plain
        match tag.removeprefix(_TAG):
            case "bool":
                return _BOOLEANS.get(text, text)
            case "null":
                return None
            case "str" | "timestamp" | "merge" | "value":
                return text
            case "int" | "float":
                try:
                    return float(text) if "." in text or "e" in text.lower() else int(text)
                except ValueError:
                    return text
            case other:
                raise self._wrong(f"the tag {other!r} is not part of the chart language", event)

    def _wrong(self, message: str, event: yaml.Event) -> BadStatechart:
        line, column = _place(event)
        return BadStatechart(message, file=self._file, line=line, column=column)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None  # of a parser's event it is there
    return mark.line + 1, mark.column + 1
