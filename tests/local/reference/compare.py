"""A random program on an engine of the embedded QPU, against its exact distribution."""

from collections import Counter
from collections.abc import Callable

from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk.local.simulator.engines import aer
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from tests.local.reference.exact import bound, distribution
from tests.local.reference.programs import RandomProgram

SHOTS = 500
QUBITS = 10
ONCE_IN = 1e9


def difference(
    program: RandomProgram, seed: int, simulate: Callable[[SimulationRequest], Simulation] = aer.simulate
) -> tuple[float, float]:
    """The largest total variation of a register's counts from its exact distribution, and what sampling allows."""
    config = CompilerConfig(repeats=SHOTS, results_format=QuantumResultsFormat().binary_count())
    request = SimulationRequest(program.text, config.to_json(), qubits=QUBITS, max_shots=SHOTS, seed=seed)
    results = simulate(request).results
    exact = distribution(program.steps, program.qubits, program.bits)
    assert results.keys() == {register.name for register in program.registers}
    worst = (0.0, bound(1, SHOTS, ONCE_IN))
    for register in program.registers:
        expected = Counter[str]()
        for memory, probability in exact.items():
            expected["".join(str(memory[place]) for place in register.places)] += probability
        counts = results[register.name]
        assert sum(counts.values()) == SHOTS
        keys = expected.keys() | counts.keys()
        distance = 0.5 * sum(abs(counts.get(key, 0) / SHOTS - expected.get(key, 0.0)) for key in keys)
        allowed = bound(len(keys), SHOTS, ONCE_IN)
        if distance - allowed > worst[0] - worst[1]:
            worst = (distance, allowed)
    return worst
