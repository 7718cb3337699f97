"""What the simulated service says of its QPUs: descriptions, estimates, calibrations."""

import json
from datetime import UTC, date, datetime, timedelta

from qcaas_sdk.testing.cloud.calls import Call, RefusedRequest
from qcaas_sdk.testing.cloud.qpus import SimulatedQpu
from qcaas_sdk.testing.cloud.queueing import QpuQueue
from qcaas_sdk.testing.cloud.tasks import SimulatedTask
from qcaas_sdk.testing.time import EPOCH


def iso(moment: float) -> str:
    """A virtual second as the service writes it."""
    return (EPOCH + timedelta(seconds=moment)).isoformat()[:-6] + "Z"


def moment(call: Call, name: str) -> float | None:
    """A time in a query, as a virtual second; None when it is left out.

    Raises:
        RefusedRequest: It is no time.
    """
    text = call.query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedRequest(400, f"{name} must be an ISO date or time, not {text!r}") from None
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - EPOCH).total_seconds()


def status(qpu: SimulatedQpu) -> str:
    """The service's word for whether a QPU can be used."""
    return "ACTIVE" if qpu.active else "INACTIVE"


def description(qpu: SimulatedQpu, url: str) -> dict[str, object]:
    """A QPU's entry in the list of QPUs."""
    return {
        "id": qpu.id,
        "name": qpu.id,
        "url": url,
        "active": qpu.active,
        "status": status(qpu),
        "feature_set": json.dumps(dict(qpu.features)) if qpu.features_as_text else dict(qpu.features),
    }


def description_v4(qpu: SimulatedQpu) -> dict[str, object]:
    """A QPU's entry in the list of QPUs of a gateway."""
    return {"id": qpu.id, "name": qpu.id, "active": qpu.active, "status": status(qpu)}


def features_v4(qpu: SimulatedQpu) -> dict[str, object]:
    """A gateway's answer about a QPU's features."""
    return {"qpu_id": qpu.id, "data": dict(qpu.features)}


def benchmarks_v4(qpu: SimulatedQpu, call: Call, now: float) -> dict[str, object]:
    """A gateway's answer about a QPU's calibration.

    Raises:
        RefusedRequest: A day is named, which no gateway can answer yet.
    """
    if call.path.endswith("/search"):
        raise RefusedRequest(501, "not implemented", breach=False)
    return {"data": calibration(qpu, call, now)}


def task_estimate(queue: QpuQueue, task: SimulatedTask, now: float) -> dict[str, object]:
    """When a task starts, as the service guesses."""
    position = queue.position(task)
    start = None if position is None else queue.estimated_start(position, now)
    return {
        "task_id": task.id,
        "qpu_id": task.qpu_id,
        "status": task.word,
        "position_in_queue": position,
        "estimated_start_time": None if start is None else iso(start + queue.qpu.clock_skew_s),
        "timestamp": iso(now + queue.qpu.clock_skew_s),
    }


def qpu_estimate(queue: QpuQueue, now: float) -> dict[str, object]:
    """When a task that is submitted now would start, as the service guesses."""
    skew = queue.qpu.clock_skew_s
    start = queue.estimated_start(queue.waiting, now)
    return {
        "qpu_id": queue.qpu.id,
        "estimated_availability_time": None if start is None else iso(start + skew),
        "tasks_in_queue": queue.length,
        "timestamp": iso(now + skew),
        "windows": [
            {"start_time": iso(begin + skew), "end_time": iso(end + skew), "window_description": "simulated"}
            for begin, end in queue.qpu.windows.intervals
            if end > now
        ],
    }


def calibration(qpu: SimulatedQpu, call: Call, now: float) -> dict[str, object]:
    """A QPU's calibration of a day, or of today.

    Raises:
        RefusedRequest: The day is none.
    """
    text = call.query.get("date")
    try:
        day = (EPOCH + timedelta(seconds=now)).date() if text is None else date.fromisoformat(text)
    except ValueError:
        raise RefusedRequest(400, f"date must be YYYY-MM-DD, not {text!r}") from None
    return {"qpu_id": qpu.id, "date": day.isoformat(), "simulated": True, "readout_fidelity": 1.0}
