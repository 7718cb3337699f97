"""The engine `aer`: runs programs on Qiskit Aer. Runs inside the simulator process."""

import random
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from compiler_config.config import CompilerConfig
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp

from qcaas_sdk._programs import qubit_use
from qcaas_sdk.local.simulator.engines.config import read_config
from qcaas_sdk.local.simulator.engines.metrics import metrics_of
from qcaas_sdk.local.simulator.engines.sampling import check_qubits, is_ready, memory_for, method_for, prepare, run
from qcaas_sdk.local.simulator.engines.small_circuits import (
    METHOD,
    SmallCircuit,
    as_small,
    draw,
    layout_of,
    probabilities,
    read,
    reads_quickly,
)
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.openqasm.layout import Layout
from qcaas_sdk.local.simulator.programs import load
from qcaas_sdk.local.simulator.results import shape, wants_raw
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

if TYPE_CHECKING:
    from qcaas_sdk.local.simulator.openqasm.program import Program

BRANCHES = "branches"
"""The method, in the metrics, of programs that Aer cannot run or needs long for: see `openqasm.branches`."""

_MANY_AMPLITUDES = 2_000_000_000
"""Amplitudes that Aer updates in about a minute on a busy machine, the longest time that a user waits for."""

_SHARE_FOR_SPEED = 0.5
"""The share of the memory of a run for cached states, which save time."""


class _Small(NamedTuple):
    """A small circuit of a task, ready to be sampled."""

    config: CompilerConfig
    shots: int
    circuit: QuantumCircuit
    layout: Layout
    small: SmallCircuit


def simulate(request: SimulationRequest) -> Simulation:
    """Run a program.

    Raises:
        TaskError: It cannot run, or not on this QPU.
    """
    if request.noise is not None:
        from qcaas_sdk.local.simulator.engines import noisy  # noqa: PLC0415  # slow to import

        return noisy.simulate(request, request.noise)
    started = time.perf_counter()
    config, shots = read_config(request)
    with memory_for(request) as budget:
        compiled = _compile(request.program)
        if not isinstance(compiled, tuple):
            circuit, method = None, BRANCHES
            words, each_shot, layout = _sample(compiled, request, shots, budget)
        else:
            circuit, layout = compiled
            method = method_for(circuit, request.qubits, budget)
            if method == "statevector" and _is_slow(circuit, shots):
                method = BRANCHES
                words, each_shot, layout = _sample(load(request.program), request, shots, budget)
            else:
                keep = wants_raw(config.results_format)
                words, each_shot = run(circuit, method, shots, request.seed, keep_shots=keep)
    return _finished(config, shots, circuit, layout, (words, each_shot), method, started)


def may_be_small(request: SimulationRequest) -> bool:
    """Whether `simulate_small` can try this program: it never takes long."""
    return request.noise is None and request.memory_limit_bytes is None and reads_quickly(request.program)


def simulate_small(requests: Sequence[SimulationRequest]) -> list[Simulation | None]:
    """Run small programs together, which takes much less time. None for those that `simulate` has to run."""
    started = time.perf_counter()
    ready = [_as_small(request) for request in requests]
    circuits = [task.small for task in ready if task is not None]
    found = probabilities(circuits) if circuits else None
    if found is None:
        return [None] * len(requests)
    outcomes = iter(found)
    results: list[Simulation | None] = []
    for request, task in zip(requests, ready, strict=True):
        if task is None:
            results.append(None)
            continue
        keep = wants_raw(task.config.results_format)
        sampled = draw(task.small, next(outcomes), task.shots, request.seed, keep_shots=keep)
        results.append(_finished(task.config, task.shots, task.circuit, task.layout, sampled, METHOD, started))
    return results


def _as_small(request: SimulationRequest) -> _Small | None:
    try:
        config, shots = read_config(request)
        circuit = read(request.program)
        small = as_small(circuit) if circuit is not None and is_ready(circuit) else None
        if circuit is not None and small is not None:
            layout = layout_of(circuit, small)
        else:
            compiled = _compile(request.program)
            if not isinstance(compiled, tuple):
                return None
            circuit, layout = compiled
            small = as_small(circuit)
    except TaskError:
        return None
    if small is None or circuit.num_qubits > request.qubits or not layout.registers:
        return None
    return _Small(config, shots, circuit, layout, small)


def _finished(
    config: CompilerConfig,
    shots: int,
    circuit: QuantumCircuit | None,
    layout: Layout,
    sampled: tuple[Mapping[int, int], list[int]],
    method: str,
    started: float,
) -> Simulation:
    words, each_shot = sampled
    if not layout.registers:
        raise TaskError(
            TaskErrorCode.NO_MEASUREMENT,
            "the program stores no measurement, so it has no result: measure into bits",
        )
    if layout.ones:
        words = {word | layout.ones: times for word, times in words.items()}
        each_shot = [word | layout.ones for word in each_shot]
    results = shape(words, each_shot, layout.registers, config.results_format)
    metrics = metrics_of(config, circuit)
    facts = {"shots": shots, "method": method, "seconds": time.perf_counter() - started}
    return Simulation(results=dict(results), shots=shots, metrics={**metrics, **facts})


def _is_slow(circuit: QuantumCircuit, shots: int) -> bool:
    """Whether Aer takes long, since conditions make it simulate each shot, with all qubits.

    `branches` simulates shots with the same outcomes once, and only qubits in superposition.
    """
    conditional = any(isinstance(step.operation, ControlFlowOp) for step in circuit.data)
    return conditional and shots * circuit.size() << circuit.num_qubits > _MANY_AMPLITUDES


@lru_cache(maxsize=64)
def _compile(text: str) -> "tuple[QuantumCircuit, Layout] | Program":
    program = load(text)
    try:
        recorded = program.record()
    except NeedsOutcome:
        return program
    return prepare(recorded.circuit), recorded.layout


def _sample(
    program: "Program", request: SimulationRequest, shots: int, budget: int
) -> tuple[dict[int, int], list[int], Layout]:
    check_qubits(qubit_use(request.program).qubits, request.qubits, None)  # also those that cost no memory
    sampled = program.sample(
        shots,
        request.seed,
        lambda qubits: check_qubits(qubits, request.qubits, budget),
        int(budget * _SHARE_FOR_SPEED),
    )
    each_shot = [word for word, times in sampled.words.items() for _ in range(times)]
    random.Random(request.seed).shuffle(each_shot)  # noqa: S311  # otherwise equal shots are next to each other
    return sampled.words, each_shot, sampled.layout
