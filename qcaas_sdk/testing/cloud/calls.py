"""A request of the contract, taken apart: which call it is, and what it speaks of."""

import json
from collections.abc import Mapping
from typing import TypeAlias, cast

import httpx
from attrs import define

from qcaas_sdk.testing.cloud.faults import RequestKind

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_FIXED = {
    ("GET", "/admin/version"): RequestKind.VERSION,
    ("POST", "/admin/login"): RequestKind.LOGIN,
    ("POST", "/admin/logout"): RequestKind.LOGOUT,
    ("GET", "/admin/qpu"): RequestKind.QPUS,
    ("POST", "/tasks"): RequestKind.RESERVE,
    ("GET", "/tasks"): RequestKind.TASKS,
    ("POST", "/tasks/submit"): RequestKind.SUBMIT,
    ("POST", "/tasks/cancel_many"): RequestKind.CANCEL,
    ("POST", "/monitoring/task_wait_time"): RequestKind.TASK_WAIT,
    ("POST", "/monitoring/qpu_wait_time"): RequestKind.QPU_WAIT,
    ("GET", "/monitoring/calibrations"): RequestKind.CALIBRATION,
    ("GET", "/monitoring/statuses"): RequestKind.STATUSES,
    ("GET", "/windows/next"): RequestKind.WINDOW,
}
_FIXED_V4 = {
    ("GET", "/healthz"): RequestKind.VERSION,
    ("GET", "/qpus"): RequestKind.QPUS,
    ("POST", "/tasks"): RequestKind.RESERVE,
    ("POST", "/tasks/submit"): RequestKind.SUBMIT,
    ("POST", "/tasks/cancel_many"): RequestKind.CANCEL,
}
_ABOUT_QPUS_V4 = {
    "features": RequestKind.QPU,
    "status": RequestKind.STATUSES,
    "benchmarks": RequestKind.CALIBRATION,
    "benchmarks/search": RequestKind.CALIBRATION,
}
_PROBES = frozenset({("GET", "/admin/version"), ("GET", "/healthz")})
"""How a client finds out which version of the API a service has."""
_ABOUT_TASKS = {
    "status": RequestKind.STATUS,
    "all_info": RequestKind.INFO,
    **dict.fromkeys(("results", "error", "timings", "execution_metadata", "metadata"), RequestKind.PART),
}

ABOUT_TASKS = frozenset(
    {
        RequestKind.RESERVE,
        RequestKind.TASKS,
        RequestKind.SUBMIT,
        RequestKind.STATUS,
        RequestKind.INFO,
        RequestKind.PART,
        RequestKind.CANCEL,
    }
)
OPEN_TO_ALL = frozenset({RequestKind.VERSION, RequestKind.LOGIN, RequestKind.LOGOUT})


class RefusedRequest(Exception):
    """The service refuses a call.

    Attributes:
        status: The HTTP status.
        breach: Whether a client that keeps the contract would never have sent it.
    """

    def __init__(self, status: int, message: str, *, breach: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.breach = breach


@define(eq=False)
class Call:
    """One request.

    Attributes:
        method: The HTTP method.
        path: The path, unquoted.
        base: Scheme, host and port that it was sent to.
        query: Its query.
        body: Its body.
        token: The token that came with it, in the header of the service's API.
        api: The version of the service's API.
        size: Bytes of headers and body.
        sent_at: When it left, in virtual seconds.
        kind: Which call of the contract it is.
        subject: The task or QPU that the path names; empty for none.
    """

    method: str
    path: str
    base: str
    query: Mapping[str, str]
    body: bytes
    token: str | None
    size: int
    sent_at: float
    api: str = "v3"
    kind: RequestKind = RequestKind.UNKNOWN
    subject: str = ""
    _json: Json = None

    def __attrs_post_init__(self) -> None:
        self.kind, self.subject = route(self.method, self.path, self.api)

    @property
    def is_probe(self) -> bool:
        """Whether it is how a client finds out the version of the API."""
        return (self.method, self.path) in _PROBES

    def json(self) -> dict[str, Json]:
        """The body as an object.

        Raises:
            RefusedRequest: It is none.
        """
        if self._json is None:
            try:
                self._json = cast("Json", json.loads(self.body))
            except (ValueError, RecursionError) as error:
                raise RefusedRequest(400, f"the body is not JSON: {error}") from error
        if not isinstance(self._json, dict):
            raise RefusedRequest(400, "the body must be a JSON object")
        return self._json

    def speaks_of(self) -> tuple[str | None, tuple[str, ...]]:
        """The QPU and the tasks that it names, as far as it can be understood."""
        match self.kind:
            case RequestKind.STATUS | RequestKind.INFO | RequestKind.PART:
                return None, (self.subject,)
            case RequestKind.QPU:
                return self.subject, ()
            case RequestKind.STATUSES | RequestKind.CALIBRATION if self.subject:
                return self.subject, ()
            case RequestKind.CALIBRATION:
                return self.query.get("qpu_id"), ()
            case RequestKind.RESERVE | RequestKind.SUBMIT | RequestKind.CANCEL | RequestKind.TASK_WAIT:
                return self._named_in_body()
        return None, ()

    def _named_in_body(self) -> tuple[str | None, tuple[str, ...]]:
        try:
            body = self.json()
        except RefusedRequest:
            return None, ()
        listed = body.get("task_ids" if self.kind is RequestKind.TASK_WAIT else "tasks")
        entries = listed if isinstance(listed, list) else []
        ids = [entry.get("task_id") if isinstance(entry, dict) else entry for entry in entries]
        first = entries[0] if entries else None
        qpu_id = (first if isinstance(first, dict) else body).get("qpu_id")
        return qpu_id if isinstance(qpu_id, str) else None, tuple(id_ for id_ in ids if isinstance(id_, str))


def route(method: str, path: str, api: str = "v3") -> tuple[RequestKind, str]:
    """Which call a method and a path make, and the id that the path names."""
    if (kind := (_FIXED_V4 if api == "v4" else _FIXED).get((method, path))) is not None:
        return kind, ""
    match method, path.split("/"):
        case "GET", ["", "tasks", task_id, what] if what in _ABOUT_TASKS:
            return _ABOUT_TASKS[what], task_id
        case "GET", ["", "admin", "qpu", qpu_id] if api == "v3" and qpu_id:
            return RequestKind.QPU, qpu_id
        case "GET", ["", "qpus", qpu_id, *call] if api == "v4" and qpu_id:
            return _ABOUT_QPUS_V4.get("/".join(call), RequestKind.UNKNOWN), qpu_id
    return RequestKind.UNKNOWN, ""


def text(body: Mapping[str, Json], name: str) -> str:
    """A field that is text, and not empty.

    Raises:
        RefusedRequest: It is not.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedRequest(400, f"{name} must be text that is not empty")
    return value


def text_or_none(body: Mapping[str, Json], name: str) -> str | None:
    """A field that is text, or left out.

    Raises:
        RefusedRequest: It is something else.
    """
    return None if body.get(name) is None else text(body, name)


def texts(body: Mapping[str, Json], name: str) -> list[str]:
    """A field that is a list of texts, with something in it.

    Raises:
        RefusedRequest: It is not.
    """
    value = body.get(name)
    found = [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or not value or len(found) != len(value):
        raise RefusedRequest(400, f"{name} must be a list of texts with something in it")
    return found


def ids_in(said: object) -> tuple[str, ...]:
    """The task ids in the answer to a reservation or a submission."""
    listed = said.get("tasks") if isinstance(said, dict) else said
    return (
        tuple(one["task_id"] if isinstance(one, dict) else one for one in listed) if isinstance(listed, list) else ()
    )


def call_of(request: httpx.Request, body: bytes, now: float, api: str) -> Call:
    """The call that a request of httpx is."""
    url = request.url
    headers = request.headers
    query: Mapping[str, str] = dict(url.params) if url.query else {}
    return Call(
        method=request.method,
        path=url.path,
        base=f"{url.scheme}://{url.netloc.decode()}",
        query=query,
        body=body,
        token=_token(headers, api),
        api=api,
        size=sum(len(name) + len(value) + 4 for name, value in headers.raw) + len(url.raw_path) + len(body),
        sent_at=now,
    )


def _token(headers: httpx.Headers, api: str) -> str | None:
    if api == "v3":
        token: str | None = headers.get("authentication-token")
        return token
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else None
