"""Size and shots: refused before anything is sent, and only what the service is certain to refuse."""

from typing import Any

import pytest
from compiler_config.config import CompilerConfig, Tket, TketOptimizations
from compiler_config.experimental.erado.config import EradoConfig

from qcaas_sdk import ExperimentalConfig, NotConnected, RequestTooLarge, TooManyQubits, TooManyShots
from qcaas_sdk._factory.request_limits import check_qubits, check_shots, check_size
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
    with pytest.raises(RequestTooLarge, match=r"a request may have at most 131,072 \(128 KiB\)"):
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
    with pytest.raises(TooManyShots, match="qpu:1 allows at most 500") as caught:
        check_shots(request(config=config), {"max_shots": 500})
    assert (caught.value.shots, caught.value.limit) == (shots, 500)
    check_shots(request(config=config), {"max_shots": shots})


@pytest.mark.parametrize("features", [{}, {"max_shots": None}, {"max_shots": "500"}, {"max_shots": True}])
def test_a_qpu_that_names_no_limit_takes_all(features: dict[str, Any]) -> None:
    check_shots(request(config=CompilerConfig(repeats=10**9)), features)


GHZ = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; h q[0]; cx q[0],q[1]; cx q[0],q[2]; measure q -> c;'
NO_ROUTING = CompilerConfig(optimizations=Tket(TketOptimizations.Empty))


def test_more_qubits_than_the_qpu_has() -> None:
    with pytest.raises(TooManyQubits, match="uses 3 qubits, but qpu:1 has 2") as caught:
        check_qubits(request(GHZ), {"qubits": 2})
    assert (caught.value.qubits, caught.value.limit) == (3, 2)
    check_qubits(request(GHZ), {"qubits": 3})


def test_qubits_that_are_not_connected() -> None:
    line = {"connectivity": [[0, 1], [1, 2]]}
    with pytest.raises(NotConnected, match="qubits 0 and 2, which are not connected on qpu:1") as caught:
        check_qubits(request(GHZ, NO_ROUTING), line)
    assert caught.value.pair == (0, 2)
    check_qubits(request(GHZ, NO_ROUTING), {"connectivity": [[1, 0], [2, 0]]})


@pytest.mark.parametrize(
    "config",
    [None, CompilerConfig(), CompilerConfig(optimizations=Tket(TketOptimizations.One)), ExperimentalConfig()],
)
def test_a_compiler_that_routes_may_get_any_pair(config: Any) -> None:
    check_qubits(request(GHZ, config), {"connectivity": [[0, 1], [1, 2]]})


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"qubits": True},
        {"qubits": "2"},
        {"connectivity": []},
        {"connectivity": {"0": ["1"]}},
        {"connectivity": [[0, 1, 2]]},
        {"connectivity": [["0", "1"]]},
    ],
)
def test_features_of_another_form_limit_nothing(features: dict[str, Any]) -> None:
    check_qubits(request(GHZ, NO_ROUTING), features)
