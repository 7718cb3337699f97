"""The engines by name: what is known, what is missing, and whose process is whose."""

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.errors import MissingExtra
from qcaas_sdk.local import EngineName, LocalCloud, LocalSettings
from qcaas_sdk.local.simulator import engines, process
from qcaas_sdk.local.simulator.entries import Entry
from qcaas_sdk.local.simulator.process import Listener, SimulatorProcess
from qcaas_sdk.local.simulator.processes import Processes
from qcaas_sdk.local.simulator.simulation import SimulationRequest


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a package were not installed."""
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == package else find_spec(name))


def test_aer_is_the_default() -> None:
    assert LocalSettings().engine is EngineName.AER


@pytest.mark.parametrize("make", [lambda name: LocalSettings(engine=name), lambda name: OqcSdk.local(engine=name)])
def test_an_unknown_engine_is_refused_with_those_that_are_known(make: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="there is no engine 'magic'; use one of: aer, qat"):
        make("magic")


def test_the_argument_wins_over_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    without("qat", monkeypatch)
    OqcSdk.local(LocalSettings(engine="qat"), engine="aer")
    with pytest.raises(MissingExtra):
        OqcSdk.local(LocalSettings(engine="aer"), engine="qat")


def test_a_missing_extra_is_said_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    without("qat", monkeypatch)
    LocalCloud(LocalSettings())  # Aer needs nothing of it
    with pytest.raises(MissingExtra, match=r"the engine 'qat'.*qcaas-sdk\[qat\]") as caught:
        LocalCloud(LocalSettings(engine="qat"))
    assert caught.value.extra == "qat"


@pytest.mark.parametrize("here", [(3, 13), (3, 14)])
def test_the_pythons_that_have_qat_are_named_where_it_cannot_be_had(
    here: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    without("qat", monkeypatch)
    monkeypatch.setattr(sys, "version_info", (*here, 0, "final", 0))
    with pytest.raises(MissingExtra, match=rf"no packages of it for Python 3\.{here[1]}: use Python 3\.11 or 3\.12"):
        engines.check_installed(EngineName.QAT)


def test_where_qat_can_be_had_no_other_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without("qat", monkeypatch)
    monkeypatch.setattr(sys, "version_info", (3, 12, 0, "final", 0))
    with pytest.raises(MissingExtra, match=r"qcaas-sdk\[qat\]") as caught:
        engines.check_installed(EngineName.QAT)
    assert "use Python" not in str(caught.value)


def test_what_programs_may_be_written_in() -> None:
    assert "QIR" in engines.languages(EngineName.QAT)
    assert "QIR" not in engines.languages(EngineName.AER)


async def test_a_process_with_another_engine_is_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answers(SimulatorProcess):
        runs = is_ready = True

        def __init__(self, engine: EngineName) -> None:
            self.engine = engine
            self.asked = 0

        def listen(self, listener: Listener) -> None:
            self.listener = listener

        def ignore(self) -> None:
            pass

        def run(self, requests: Sequence[tuple[int, bool, SimulationRequest]], *, it_waits: bool) -> None:
            self.asked += len(requests)
            response = {"results": {"c": {"0": 1}}, "shots": 1, "metrics": {}}
            self.listener([{"number": number, "response": response} for number, _, _ in requests])

    ours, theirs = Answers(EngineName.QAT), Answers(EngineName.AER)
    idle: list[SimulatorProcess] = [theirs, ours]
    monkeypatch.setattr(process, "idle", idle)
    simulator = Processes(EngineName.QAT)
    await simulator.run(Entry(SimulationRequest("", None, qubits=1, max_shots=1)))
    assert (ours.asked, theirs.asked, idle) == (1, 0, [theirs])
    simulator.close()
    assert idle == [theirs, ours]
