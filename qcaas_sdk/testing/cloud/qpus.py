"""A simulated QPU, as its maker describes it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.testing.cloud import checked
from qcaas_sdk.testing.cloud.service_times import Constant, ServiceTime
from qcaas_sdk.testing.cloud.windows import Windows
from qcaas_sdk.testing.concise_repr import ConciseRepr


def _windows(given: Windows | Sequence[Sequence[float]]) -> Windows:
    return given if isinstance(given, Windows) else Windows(given)


def host_only(url: str | None) -> str | None:
    """A URL without a path, and without a slash at its end.

    Raises:
        ValueError: It is not `scheme://host[:port]`.
    """
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"a simulated address is as 'https://qpu.example.com', without a path; not {url!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _is_service_time(_: object, __: Any, value: Any) -> None:
    arguments.with_methods(value, "service_time", "a ServiceTime, for example Constant(1.0)", "draw", "mean")


@frozen(repr=False)
class SimulatedQpu(ConciseRepr):
    """How a simulated QPU behaves.

    Attributes:
        id: Its id.
        service_time: How long it works on a task.
        windows: When it can be used: pairs of virtual seconds, or `Windows`; none for always. If a window closes
            during a run, the run continues in the next window.
        in_order: Whether it runs its queue in order; otherwise it takes any of the waiting tasks.
        active: Whether it accepts tasks.
        cancel_takes_s: Seconds between the request to cancel a task and the cancellation. Until then the task waits
            or runs, and may start or end.
        url: Its own address; None for the cloud's.
        clock_skew_s: Seconds by which its clock is ahead: all time stamps that it sends are.
        features: The content of its `feature_set`.
        features_as_text: Whether the service sends them as JSON text instead of an object.
    """

    id: str = field(default="qpu:sim:1", validator=checked.text)
    service_time: ServiceTime = field(factory=lambda: Constant(1.0), validator=_is_service_time, kw_only=True)
    windows: Windows = field(factory=Windows, converter=_windows, kw_only=True)
    in_order: bool = field(default=True, kw_only=True)
    active: bool = field(default=True, kw_only=True)
    cancel_takes_s: float = field(default=0.0, validator=checked.seconds, kw_only=True)
    url: str | None = field(default=None, converter=host_only, kw_only=True)
    clock_skew_s: float = field(default=0.0, kw_only=True)
    features: Mapping[str, object] = field(factory=lambda: {"qubits": 8, "simulator": True}, kw_only=True)
    features_as_text: bool = field(default=True, kw_only=True)
