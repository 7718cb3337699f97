"""A user's script, as written for Aer. A test runs it with another backend; nothing else of it changes."""

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, generate_preset_pass_manager, transpile
from qiskit.circuit.library import n_local
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from scipy.optimize import minimize

backend = AerSimulator(max_parallel_threads=1)

# Counts of a GHZ state, and of a teleportation with three registers.
ghz = QuantumCircuit(4, name="ghz")
ghz.h(0)
for qubit in range(3):
    ghz.cx(qubit, qubit + 1)
ghz.measure_all()

teleportation = QuantumCircuit(
    QuantumRegister(3, "q"), ClassicalRegister(1, "z"), ClassicalRegister(1, "x"), ClassicalRegister(1, "out")
)
teleportation.ry(0.9, 0)
teleportation.h(1)
teleportation.cx(1, 2)
teleportation.cx(0, 1)
teleportation.h(0)
teleportation.measure([0, 1], [0, 1])
with teleportation.if_test((teleportation.cregs[1], 1)):
    teleportation.x(2)
with teleportation.if_test((teleportation.cregs[0], 1)):
    teleportation.z(2)
teleportation.measure(2, 2)

job = backend.run(transpile([ghz, teleportation], backend, optimization_level=2), shots=4000)
result = job.result()
ghz_counts = result.get_counts("ghz")
teleportation_counts = result.get_counts(teleportation)

# A sweep of one parameter, by the sampler primitive.
pass_manager = generate_preset_pass_manager(optimization_level=1, backend=backend)
sweep = QuantumCircuit(2)
ansatz = n_local(1, ["ry"], [], reps=0)
sweep.compose(ansatz, [0], inplace=True)
sweep.cx(0, 1)
sweep.measure_all()
angles = np.linspace(0, np.pi, 5).reshape(5, 1)
sampler = BackendSamplerV2(backend=backend)
bits = sampler.run([(pass_manager.run(sweep), angles)], shots=2000).result()[0].data.meas
sweep_counts = [bits.get_counts(place) for place in range(5)]

# The ground state of H2 at 0.735 Å (two qubits, parity mapping), by a small VQE.
hamiltonian = SparsePauliOp.from_list(
    [("II", -1.05237), ("IZ", 0.39794), ("ZI", -0.39794), ("ZZ", -0.01128), ("XX", 0.18093)]
)
trial = QuantumCircuit(2)
trial.x(0)
trial.compose(n_local(2, ["ry"], ["cx"], reps=1, insert_barriers=False), inplace=True)
trial = pass_manager.run(trial)
observable = hamiltonian.apply_layout(trial.layout)
estimator = BackendEstimatorV2(backend=backend, options={"default_precision": 0.02})


def energy(values):
    return float(estimator.run([(trial, observable, values)]).result()[0].data.evs)


start = np.array([-1.0, 1.5, -1.0, -1.0])
vqe = minimize(energy, start, method="COBYLA", options={"maxiter": 25, "rhobeg": 0.5})
