"""What the service tells of a task that another program submitted: its QPU, its configuration, its tag."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from qcaas_sdk._service.lenient import is_id


class TaskDescription(NamedTuple):
    """What a task was submitted with, as far as the service tells.

    Attributes:
        qpu_id: Its QPU.
        program: Its program.
        config: Its compiler configuration, as JSON text.
        tag: Its label.
        hybrid_marker: The marker of its hybrid computation.
    """

    qpu_id: str | None = None
    program: str | None = None
    config: str | None = None
    tag: str | None = None
    hybrid_marker: str | None = None


def read_description(answer: Mapping[str, Any]) -> TaskDescription:
    """The description in an answer to `all_info`: at its top level, or else in its `metadata`.

    Whatever is not text is left out: it must not hide the state of the task.
    """
    metadata = answer.get("metadata")
    inner: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}

    def said(name: str) -> str | None:
        for value in (answer.get(name), inner.get(name)):
            if isinstance(value, str) and value and _encodable(value):
                return value
        return None

    qpu_id = said("qpu_id")
    return TaskDescription(
        qpu_id if is_id(qpu_id) else None, said("program"), said("config"), said("tag"), said("hybrid_marker")
    )


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
