"""The data of the REST contract, and how to read it from JSON. Sends nothing."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, get_origin

import attrs
from attrs import field, frozen

from qcaas_sdk._http import decoded
from qcaas_sdk._service.lenient import MAX_INTEGER, cleaned, cleaned_object, is_sound, warn_of
from qcaas_sdk.errors import BadAnswer

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")


class TaskStatus(StrEnum):
    """The server's statuses of a task. UNKNOWN stands for every other status."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


_ENDS = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED})

_SPELLINGS = {
    "QUEUED": TaskStatus.SUBMITTED,
    "IN_PROGRESS": TaskStatus.RUNNING,
    "SUCCEEDED": TaskStatus.COMPLETED,
    "DONE": TaskStatus.COMPLETED,
    "ERROR": TaskStatus.FAILED,
    "CANCELED": TaskStatus.CANCELLED,
} | {status.value: status for status in TaskStatus}


@frozen
class TaskError:
    """Why a task failed, as the server says."""

    error_code: int | None = None
    error_message: str | None = None


@frozen
class TaskReport:
    """The status of a task.

    Attributes:
        status: The status in the server's spelling; see `meaning`.
        results: The results of a completed task, in the format of its configuration.
        task_error: Why a failed task failed.
        timings: The server's time stamps.
        execution_metadata: The server's execution metrics.
        metadata: The server's metadata of the task.
        answer: The whole answer, for `read_description`.
    """

    status: str
    results: Any = None
    task_error: TaskError | None = None
    timings: dict[str, Any] | None = None
    execution_metadata: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    answer: Mapping[str, Any] = field(factory=dict, eq=False, repr=False)

    @property
    def meaning(self) -> TaskStatus:
        """The meaning of the server's status; UNKNOWN for a status that this SDK does not know."""
        return _SPELLINGS.get(self.status.strip().upper(), TaskStatus.UNKNOWN)

    @property
    def has_ended(self) -> bool:
        """Whether the server says that the task has ended, however it ended."""
        return self.meaning in _ENDS


@frozen
class SubmitAck:
    """The server's acknowledgement of a submission."""

    task_id: str


@frozen
class QpuEntry:
    """A QPU in the service's list.

    Attributes:
        id: Its id.
        url: The URL for its tasks.
        active: Whether it can be used now.
        name: Its display name.
    """

    id: str
    url: str
    active: bool
    name: str | None = None


class TaskSubmission(NamedTuple):
    """A program with the id that was reserved for it, ready to be submitted; None where a server reserves none."""

    task_id: str | None
    qpu_id: str
    program: str
    config: str
    tag: str | None = None
    hybrid_marker: str | None = None
    external_config: Mapping[str, Any] | None = None

    def to_wire(self) -> dict[str, Any]:
        """The entry of the list `tasks` in `POST /tasks/submit`."""
        plain = {name: getattr(self, name) for name in ("program", "config", "qpu_id")}
        extra = {
            name: value
            for name in ("task_id", "tag", "hybrid_marker", "external_config")
            if (value := getattr(self, name))
        }
        return plain | extra


@cache
def _converter() -> "cattrs.Converter":
    import cattrs.cols  # noqa: PLC0415  # slow to import
    import cattrs.gen  # noqa: PLC0415  # as above

    converter = cattrs.Converter(detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly)

    # cattrs accepts any iterable as a list, and anything with keys as a class.
    def only_a_list(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
        structure = cattrs.cols.list_structure_factory(kind, converter)
        return lambda value, kind: structure(_exactly(value, list), kind)

    def only_an_object(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
        structure = cattrs.gen.make_dict_structure_fn(kind, converter)
        return lambda value, kind: structure(_exactly(value, dict), kind)

    converter.register_structure_hook_factory(_is_list, only_a_list)
    converter.register_structure_hook_factory(attrs.has, only_an_object)
    return converter


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _exactly(value: object, kind: type[T]) -> T:
    """Check the type exactly: cattrs would convert `null` to the text "None"."""
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
    return value


def read(value: object, kind: type[T], what: str) -> T:
    """Structure a JSON value.

    Args:
        value: What the server sent.
        kind: An attrs class of this module, or a type that cattrs knows.
        what: What was expected, for the message.

    Raises:
        BadAnswer: It has another structure; the message says where.
    """
    import cattrs  # noqa: PLC0415  # slow to import

    try:
        return _converter().structure(value, kind)
    except cattrs.BaseValidationError as error:
        raise bad_answer(what, "; ".join(cattrs.transform_error(error))) from error
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise bad_answer(what, str(error)) from error


def read_key(value: object, key: str, kind: type[T], what: str) -> T:
    """Structure one member of a JSON object.

    Raises:
        BadAnswer: There is no such member, or it has another structure.
    """
    if not isinstance(value, Mapping) or key not in value:
        raise bad_answer(what, f"{key!r} is missing")
    return read(value[key], kind, what)


def read_report(value: object, task_id: str) -> TaskReport:
    """The status of a task, from the answer to `all_info` or `status`.

    Diagnostics that are not valid are left out, with a warning once the task has ended.

    Raises:
        BadAnswer: The answer has no status, or JSON cannot represent the results of a completed task.
    """
    what = f"information about task {task_id}"
    if not isinstance(value, Mapping):
        raise bad_answer(what, f"expected an object, not {type(value).__name__}")
    status = value.get("status")
    if not isinstance(status, str):
        raise bad_answer(what, f"its status is {type(status).__name__}, expected text")
    odd: list[str] = []
    report = TaskReport(
        status=status,
        results=value.get("results"),
        task_error=_task_error(value.get("task_error"), odd),
        timings=cleaned_object(value.get("timings"), "timings", odd),
        execution_metadata=cleaned_object(value.get("execution_metadata"), "execution_metadata", odd),
        metadata=cleaned_object(value.get("metadata"), "metadata", odd),
        answer=value,
    )
    if report.meaning is TaskStatus.COMPLETED:
        refuse_unless_sound(report.results, "results", what)
    elif not is_sound(report.results):
        report = attrs.evolve(report, results=None)
    if report.has_ended:
        warn_of(odd, what)
    return report


def _task_error(value: object, odd: list[str]) -> TaskError | None:
    """Why a task failed, in any format that the server uses; keeps all of its text."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return TaskError(None, _in_words(value, odd))
    code, message = value.get("error_code"), value.get("error_message")
    number = _code(code)
    said = None if message is None else _in_words(message, odd)
    if number is None and code is not None:
        said = f"{_in_words(code, odd)}: {said or 'no reason'}"
    return TaskError(number, said)


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -MAX_INTEGER < value < MAX_INTEGER else None


def _in_words(value: object, odd: list[str]) -> str:
    return value if isinstance(value, str) else json.dumps(cleaned(value, "task_error", odd))


def read_kept(value: object, what: str) -> dict[str, Any]:
    """An object for the user, without what JSON cannot represent.

    Raises:
        BadAnswer: It is not an object.
    """
    odd: list[str] = []
    kept = cleaned(read(value, dict[str, Any], what), "it", odd)
    warn_of(odd, what)
    return cast("dict[str, Any]", kept)


def read_kept_list(value: object, what: str) -> list[dict[str, Any]]:
    """As `read_kept`, for a list of objects; other entries are left out.

    Raises:
        BadAnswer: It is not a list.
    """
    odd: list[str] = []
    listed = (cleaned_object(entry, f"[{place}]", odd) for place, entry in enumerate(read(value, list[Any], what)))
    kept = [entry for entry in listed if entry is not None]
    warn_of(odd, what)
    return kept


def refuse_unless_sound(value: object, where: str, what: str) -> None:
    """Refuse a value that JSON cannot represent.

    Raises:
        BadAnswer: JSON cannot represent it; the message says where.
    """
    odd: list[str] = []
    cleaned(value, where, odd)
    if odd:
        raise bad_answer(what, odd[0])


def read_features(value: object, qpu_id: str) -> dict[str, Any]:
    """A QPU's features, sent as an object or as the JSON text of one.

    Raises:
        BadAnswer: They are neither.
    """
    what = f"the features of {qpu_id}"
    if isinstance(value, str):
        try:
            value = decoded(value)
        except (ValueError, RecursionError) as error:
            raise bad_answer(what, f"the text is not valid JSON: {error}") from error
    return read_kept(value, what)


def read_time(value: object, what: str) -> datetime:
    """A time stamp in ISO 8601; callers treat one without a time zone as UTC.

    Raises:
        BadAnswer: It is not a time stamp.
    """
    try:
        return datetime.fromisoformat(_exactly(value, str))
    except (TypeError, ValueError) as error:
        raise bad_answer(what, f"{value!r} is not a valid time") from error


def bad_answer(what: str, problem: str) -> BadAnswer:
    """The error for an answer that breaks the contract."""
    return BadAnswer(
        f"the server's answer is not {what} as the QCaaS contract defines it: {problem:.300}. Nothing was changed "
        "here; you can repeat the call",
        may_have_arrived=True,
    )
