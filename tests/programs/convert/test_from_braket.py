"""Braket's circuits: its own gates, its own order, and what only its own services know."""

import warnings
from typing import Any

import numpy as np
import pytest

with warnings.catch_warnings():  # of packages that it imports
    warnings.simplefilter("ignore")
    from braket.circuits import Circuit, FreeParameter, Observable

from qiskit.quantum_info import Operator

from qcaas_sdk import InvalidProgram
from qcaas_sdk._programs.convert import program_text
from qcaas_sdk._programs.convert.from_braket import GATES
from qcaas_sdk.local.simulator.programs import parse
from tests.programs.convert.distributions import SHOTS, counts_of

PLAIN = ["h", "x", "y", "z", "s", "t", "rx", "ry", "rz", "cy", "cz", "swap", "cswap"]


@pytest.mark.parametrize("name", [*GATES, *PLAIN])
def test_every_gate_means_what_it_means_in_braket(name: str) -> None:
    qubits = next(n for n in (1, 2, 3) if _fits(name, n))
    values = [0.3, 0.5, 0.7][: _parameters(name)]
    circuit = Circuit()
    getattr(circuit, name)(*range(qubits), *values)
    read = parse(program_text(circuit))
    read.remove_final_measurements()
    written = Operator(read.reverse_bits()).data
    overlap = abs(np.trace(circuit.to_unitary().conj().T @ written)) / 2**qubits
    assert overlap == pytest.approx(1.0, abs=1e-9)


def _parameters(name: str) -> int:
    body = GATES.get(name, "(t)" if name in {"rx", "ry", "rz"} else "")
    return body.split(")")[0].count(",") + 1 if body.startswith("(") else 0


def _fits(name: str, qubits: int) -> bool:
    try:
        getattr(Circuit(), name)(*range(qubits), *[0.3, 0.5, 0.7][: _parameters(name)])
    except (TypeError, ValueError):
        return False
    return True


async def test_measured_qubits_are_bits_in_their_order() -> None:
    everything = Circuit().x(0).cnot(0, 3).i(1)
    some = Circuit().x(0).i(1).i(2).measure([2, 0])
    assert await counts_of(everything, some) == [{"b": {"101": SHOTS}}, {"b": {"01": SHOTS}}]


@pytest.mark.parametrize(
    ("circuit", "says"),
    [
        (Circuit().rx(0, FreeParameter("alpha")), "without a value: alpha; call circuit.make_bound_circuit"),
        (Circuit().h(0).expectation(Observable.X(), target=0), "has a 'result'"),
        (Circuit().unitary(matrix=np.eye(2), targets=[0]), "has a 'unitary'"),
        (Circuit().h(0).bit_flip(0, 0.1), "has a 'noise'"),
        (Circuit().add_verbatim_box(Circuit().h(0)), "has a 'verbatim'"),
        (Circuit(), "Braket circuit measures nothing"),
    ],
    ids=["a parameter", "a result type", "a unitary", "noise", "a verbatim box", "nothing"],
)
def test_what_cannot_be_sent(circuit: Any, says: str) -> None:
    with pytest.raises(InvalidProgram, match=says):
        program_text(circuit)
