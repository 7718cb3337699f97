"""What the service expects of a queue: counted from its own clock, and nothing made up."""

from typing import Any

import pytest

from qcaas_sdk._service import Monitoring, QpuRegistry
from qcaas_sdk.errors import BadAnswer, ServerWarning
from tests.service.test_tasks import Wire

NOW = "2026-12-01T09:00:00Z"
WINDOW = {"start_time": "2026-12-01T11:00:00Z", "end_time": "2026-12-01T12:00:00Z", "window_description": "mine"}
PAST = {"start_time": "2026-12-01T07:00:00Z", "end_time": "2026-12-01T08:00:00Z"}
OPEN = {"start_time": "2026-12-01T08:30:00+00:00", "end_time": "2026-12-01T09:30:00"}


def said(**entry: Any) -> Any:
    return {
        "qpu_wait_times": [{"qpu_id": "qpu:2"}, {"qpu_id": "qpu:1", "timestamp": NOW, "tasks_in_queue": 3} | entry]
    }


async def monitoring(answer: Any) -> tuple[Monitoring, Wire]:
    wire = Wire(answer)
    client = await wire.client()
    return Monitoring(QpuRegistry(client)), wire


@pytest.mark.parametrize(
    ("entry", "opens_in_s", "free_in_s"),
    [
        ({}, 0.0, None),
        ({"windows": None, "estimated_availability_time": None}, 0.0, None),
        ({"windows": [WINDOW], "estimated_availability_time": "2026-12-01T11:05:00Z"}, 7200.0, 7500.0),
        ({"windows": [WINDOW, OPEN]}, 0.0, None),
        ({"windows": [PAST]}, 0.0, None),
        ({"windows": [PAST, WINDOW]}, 7200.0, None),
        ({"estimated_availability_time": "2026-12-01T08:00:00Z"}, 0.0, 0.0),
    ],
)
async def test_a_forecast_counts_from_the_services_own_clock(
    entry: Any, opens_in_s: float, free_in_s: float | None
) -> None:
    service, wire = await monitoring(said(**entry))
    forecast = await service.forecast("qpu:1")
    assert (forecast.opens_in_s, forecast.free_in_s) == (opens_in_s, free_in_s)
    assert wire.sent == [
        ("POST", "https://one.example.org/monitoring/qpu_wait_time", {"targets": ["qpu:1"]}),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"qpu_wait_times": "soon"},
        {"qpu_wait_times": []},
        {"qpu_wait_times": [{"qpu_id": "qpu:1"}]},
        said(timestamp="now"),
        said(timestamp="0001-01-01T00:00:00+14:00"),
    ],
)
async def test_an_answer_that_is_no_forecast_is_a_bad_answer(answer: Any) -> None:
    service, _ = await monitoring(answer)
    with pytest.raises(BadAnswer, match=r"wait estimate of qpu:1|qpu_wait_times"):
        await service.forecast("qpu:1")


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"windows": [{"start_time": "noon", "end_time": NOW}]}, r"windows\[0\]"),
        ({"windows": [None, 3]}, r"windows\[0\]"),
        ({"windows": {"start_time": NOW}}, "windows"),
        ({"estimated_availability_time": 17}, "estimated_availability_time"),
        ({"estimated_availability_time": "9999-12-31T23:59:59-14:00"}, "estimated_availability_time"),
    ],
)
async def test_what_is_odd_in_a_forecast_is_left_out(entry: Any, place: str) -> None:
    service, _ = await monitoring(said(**entry))
    with pytest.warns(ServerWarning, match=place):
        forecast = await service.forecast("qpu:1")
    assert (forecast.opens_in_s, forecast.free_in_s) == (0.0, None)
