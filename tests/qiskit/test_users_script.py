"""A user's script runs on Aer's backend and on ours; its backend line differs, and the import for that."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from tests.qiskit.distributions import alike

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "users_script.py"
AERS = ("from qiskit_aer import AerSimulator", "backend = AerSimulator(max_parallel_threads=1)")
OURS = ("from qcaas_sdk.qiskit import OqcProvider", "backend = OqcProvider.local().get_backend()")


def run(lines: tuple[str, str]) -> dict[str, Any]:
    text = SCRIPT.read_text(encoding="utf-8")
    for its, ours in zip(AERS, lines, strict=True):
        assert text.splitlines().count(its) == 1
        text = text.replace(its, ours)
    names: dict[str, Any] = {"__name__": "users_script"}
    exec(compile(text, SCRIPT, "exec"), names)
    return names


def test_the_script_gives_on_ours_what_it_gives_on_aers(simulator: None) -> None:
    theirs = run(AERS)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="memory=True")  # Qiskit's own sampler asks for it
        ours = run(OURS)
    assert type(ours["backend"]).__name__ == "OqcBackend"
    assert alike(ours["ghz_counts"], theirs["ghz_counts"])
    assert alike(ours["teleportation_counts"], theirs["teleportation_counts"])
    for one, other in zip(ours["sweep_counts"], theirs["sweep_counts"], strict=True):
        assert alike(one, other)
    ground = np.linalg.eigvalsh(ours["hamiltonian"].to_matrix())[0]
    for names in (theirs, ours):
        assert exact_energy(names, names["start"]) > ground + 0.5
        assert exact_energy(names, names["vqe"].x) < ground + 0.2, "not the local minimum 0.24 above it"


def exact_energy(names: dict[str, Any], values: list[float]) -> float:
    """What the found values are worth, without noise."""
    state = Statevector(names["trial"].assign_parameters(values))
    return float(state.expectation_value(names["observable"]).real)
