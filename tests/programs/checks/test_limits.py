"""Size and shots: refused before anything is sent, and only what the service is certain to refuse."""

from typing import Any

import pytest
from compiler_config.config import CompilerConfig
from compiler_config.experimental.erado.config import EradoConfig

from qcaas_sdk import ExperimentalConfig, RequestTooLarge, TooManyShots
from qcaas_sdk._factory.limits import check_shots, check_size
from qcaas_sdk._http import MAX_REQUEST
from qcaas_sdk._record import JobRequest


def request(program: str = "OPENQASM 2.0;", config: Any = None) -> JobRequest:
    return JobRequest(program, "qpu:1", config)


@pytest.mark.parametrize(
    "large",
    [
        request("//" + "x" * MAX_REQUEST),
        request("//" + "ü" * (MAX_REQUEST // 2)),
        request("//" + "\x01" * (MAX_REQUEST // 6)),
        request(config=ExperimentalConfig(noise_model={"long": "x" * MAX_REQUEST})),
    ],
    ids=["letters", "bytes of UTF-8", "escapes of JSON", "a noise model"],
)
def test_over_the_limit(large: JobRequest) -> None:
    with pytest.raises(RequestTooLarge, match=r"the service takes at most 131,072 \(128 KiB\)"):
        check_size(large)


def test_under_the_limit() -> None:
    check_size(request())
    check_size(request("//" + "x" * (MAX_REQUEST - 2000)))


@pytest.mark.parametrize(
    ("config", "shots"),
    [
        (None, 1000),
        (CompilerConfig(), 1000),
        (CompilerConfig(repeats=501), 501),
        (EradoConfig(repeats=600), 600),
        (ExperimentalConfig(repeats=700), 700),
    ],
)
def test_more_shots_than_the_qpu_takes(config: Any, shots: int) -> None:
    with pytest.raises(TooManyShots, match="qpu:1 takes at most 500") as caught:
        check_shots(request(config=config), {"max_shots": 500})
    assert (caught.value.shots, caught.value.limit) == (shots, 500)
    check_shots(request(config=config), {"max_shots": shots})


@pytest.mark.parametrize("features", [{}, {"max_shots": None}, {"max_shots": "500"}, {"max_shots": True}])
def test_a_qpu_that_names_no_limit_takes_all(features: dict[str, Any]) -> None:
    check_shots(request(config=CompilerConfig(repeats=10**9)), features)
