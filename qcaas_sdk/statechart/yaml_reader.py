"""From YAML text to plain values and their places.

The dialect is smaller than YAML 1.1: `on`, `off`, `yes` and `no` are words and not booleans, a key occurs once in a
mapping, and there are no anchors, tags, dates or second documents.
"""

from typing import TypeAlias

import yaml

from qcaas_sdk.errors import BadStatechart

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Path = tuple[str | int, ...]
Places: TypeAlias = "dict[Path, tuple[int, int]]"
"""The line and the column of each value by its path; of a value in a mapping, those of its key."""

_BOOLEANS = {"true": True, "false": False}
_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """Loads nodes only; `_value` makes the values, because it knows the places."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves the parser untyped
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(
                None, None, "a chart cannot have anchors or aliases: write the value out", event.start_mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def read_yaml(text: str, file: str) -> tuple[Value, Places]:
    """Read one document.

    Args:
        text: The document.
        file: Its name, for messages.

    Returns:
        The value, and the line and column of every value in it by its path, counted from 1.

    Raises:
        BadStatechart: It is not YAML, or uses a feature that the dialect does not have.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise BadStatechart(
            f"this is not valid chart YAML: {problem}",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadStatechart(f"this is not valid YAML: {type(error).__name__}: {error}", file=file) from error
    if node is None:
        raise BadStatechart("the file is empty: a chart needs a name, states and transitions", file=file, line=1)
    places: Places = {}
    return _value(node, (), file, places), places


def _value(node: yaml.Node, path: Path, file: str, places: Places) -> Value:
    places[path] = _place(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), file, places) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            line, column = _place(key_node)
            if not isinstance(key, str):
                raise BadStatechart("a key must be a word", file=file, line=line, column=column)
            if key in mapping:
                raise BadStatechart(f"the key {key!r} occurs twice", file=file, line=line, column=column)
            mapping[key] = _value(value_node, (*path, key), file, places)
            places[(*path, key)] = line, column
        return mapping
    assert isinstance(node, yaml.ScalarNode)  # the third and last kind of node
    return _scalar(node, file)


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _scalar(node: yaml.ScalarNode, file: str) -> Value:
    text: str = node.value
    if node.style is not None:  # quoted or a block: always a word
        return text
    match node.tag.removeprefix(_TAG):
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
            line, column = _place(node)
            message = f"the tag {other!r} is not part of the chart language"
            raise BadStatechart(message, file=file, line=line, column=column)
