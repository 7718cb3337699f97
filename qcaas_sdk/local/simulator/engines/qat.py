"""The engine `qat`: OQC's own compiler, and results in its format. Runs inside the simulator process.

QAT compiles a program to pulses for the model of a chip (its qubits form a ring), as for OQC's machines, and turns
the readout of the chip into results. Here Aer samples the compiled circuit instead of a chip: each shot of each qubit
reads +1.0 for 0 and -1.0 for 1, and QAT processes these values.

QAT: https://github.com/oqc-community/qat, measured and tested with 3.5.0.
"""

import logging
import re
import time
from copy import deepcopy
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import frozen
from compiler_config.config import (
    CompilerConfig,
    ErrorMitigationConfig,
    InlineResultsProcessing,
    MetricsType,
    Tket,
    TketOptimizations,
)
from numpy.typing import NDArray
from qat import QAT
from qat.core.config.session import QatSessionConfig
from qat.model.loaders.purr.echo import EchoModelLoader
from qat.model.loaders.purr.qiskit import QiskitModelLoader
from qat.pipelines.legacy.echo import LegacyEchoPipeline
from qat.pipelines.legacy.qiskit import LegacyQiskitCompilePipeline
from qat.pipelines.pipeline import CompilePipeline, Pipeline
from qat.pipelines.updateable import PipelineConfig
from qat.purr.backends.echo import EchoEngine
from qiskit import QuantumCircuit
from qiskit.qasm2 import QASM2ParseError

from qcaas_sdk.local.simulator.engines import noisy
from qcaas_sdk.local.simulator.engines.config import read_config
from qcaas_sdk.local.simulator.engines.device import Device, device_of, qubits_of
from qcaas_sdk.local.simulator.engines.sampling import memory_for, method_or_mps, prepare, run
from qcaas_sdk.local.simulator.mitigation import Flips, methods_of, mitigated
from qcaas_sdk.local.simulator.programs import Language, declared_qubits, inspect, syntax_error
from qcaas_sdk.local.simulator.simulation import Simulation, SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

logging.disable(logging.CRITICAL)  # the log of this process is not read
_NO_LIMIT = 1 << 31  # the service has its own limit for shots

# QAT reads a file if the program is a path; no path ends like this.
_NOT_A_PATH = "\n\n"
_HEADER = re.compile(r"OPENQASM [23](?:\.[0-9])?;|@__quantum__qis")
_QIR_QUBITS = re.compile(r'"(?:num_required_qubits|required_num_qubits|requiredQubits)"\s*=\s*"(\d+)"')
_INDEX = re.compile(r"\[(\d+)\]")
_UNCOUPLED = re.compile(r"'Q(\d+)\.cross_resonance'.*'Q(\d+)'")

# Parts of QAT's messages, and the code for each: QAT has no codes.
_KINDS = {
    "Invalid QASM 3": TaskErrorCode.SYNTAX,
    "OpenQASM version": TaskErrorCode.UNSUPPORTED_LANGUAGE,
    "more qubits than available": TaskErrorCode.TOO_MANY_QUBITS,
    "rror mitigation": TaskErrorCode.BAD_CONFIG,
    "post_selection": TaskErrorCode.BAD_CONFIG,
}


class _Readout(EchoEngine):  # type: ignore[misc]  # QAT has no types
    """Takes the place of the chip: it returns readings that were sampled before."""

    def __init__(self, model: object) -> None:
        super().__init__(model)
        self.readings: dict[str, NDArray[np.float64]] = {}
        """QAT's variable to its readings, one per shot."""
        self._next_shot = 0

    def load(self, readings: dict[str, NDArray[np.float64]]) -> None:
        """Set the readings of the next execution."""
        self.readings, self._next_shot = readings, 0

    def _execute_on_hardware(self, _sweeps: object, package: Any, *_: object) -> dict[str, NDArray[np.float64]]:
        # QAT executes in batches of shots, as its model of the chip requires.
        first, self._next_shot = self._next_shot, self._next_shot + package.repeat.repeat_count
        return {variable: shots[first : self._next_shot] for variable, shots in self.readings.items()}


@frozen
class _Target:
    """QAT's pipelines for a chip: to pulses and back to results, and to a Qiskit circuit."""

    pulses: Pipeline
    circuit: CompilePipeline
    readout: _Readout


@lru_cache(maxsize=4)
def _target(qubits: int, pairs: frozenset[tuple[int, int]] | None) -> _Target:
    chip = {"qubit_count": qubits, "connectivity": None if pairs is None else sorted(pairs)}  # None is a ring
    pulses = LegacyEchoPipeline(config=PipelineConfig(name="pulses"), loader=EchoModelLoader(**chip)).pipeline
    # The first pipeline has placed the qubits and checked that.
    circuit = LegacyQiskitCompilePipeline(
        config=PipelineConfig(name="circuit"), loader=QiskitModelLoader(**chip, strict_placement=False)
    ).pipeline
    readout = _Readout(pulses.model)
    pulses.runtime.engine = readout
    return _Target(pulses, circuit, readout)


_qat = QAT(QatSessionConfig(MAX_REPEATS_LIMIT=_NO_LIMIT, PIPELINES=[], COMPILE=[], EXECUTE=[]))


def simulate(request: SimulationRequest) -> Simulation:
    """Compile a program, sample it, and process the results.

    Raises:
        TaskError: QAT rejects it, or it cannot run here.
    """
    started = time.perf_counter()
    shared, shots = read_config(request)
    config = deepcopy(shared)
    config.repeats = shots
    wanted = config.results_format.format or InlineResultsProcessing.Program
    if shots == 1 and InlineResultsProcessing.Raw not in wanted:
        raise TaskError(
            TaskErrorCode.BAD_CONFIG,
            "binary results (also the default format) are a majority of the shots, for which QAT needs more than one "
            "shot: use more shots, or binary counts",
        )
    device = None if request.noise is None else device_of(request.noise)
    methods: list[ErrorMitigationConfig] = []
    if device is not None:  # without noise QAT refuses mitigation
        methods, config.error_mitigation = methods_of(config), None
    language, program = _check(request)
    target = _target(request.qubits, None if device is None else device.pairs)
    with memory_for(request) as budget:
        try:
            package, circuit, bits, metrics = _compile(program, language, config, target)
        except (TaskError, MemoryError):
            raise
        except Exception as error:  # QAT raises errors of every kind
            raise _rejection(error, language) from error
        if device is None:
            circuit, model = prepare(circuit), None
            method = method_or_mps(circuit, request.qubits, budget)
        else:
            circuit = noisy.compile_gates(circuit, device)
            method, model = noisy.method_for(circuit, budget), device.model(qubits_of(circuit))
        _, words = run(circuit, method, shots, request.seed, keep_shots=True, noise=model)
        target.readout.load({variable: _readings(words, bit) for variable, bit in bits.items()})
        try:
            results, _ = _qat.execute(package, config, target.pulses)
        except (ValueError, NotImplementedError) as error:
            raise _rejection(error, language) from error
    if device is not None and methods:
        results = results | mitigated(methods, results, _flips(results, bits, circuit, device))
    facts = {"shots": shots, "method": method, "seconds": time.perf_counter() - started}
    return Simulation(results=results, shots=shots, metrics={**metrics, **facts})


def _check(request: SimulationRequest) -> tuple[Language, str]:
    """The language of a program, and its text for QAT. Checks what QAT does not report clearly."""
    language, code = inspect(request.program)
    if not _HEADER.search(request.program):
        raise TaskError(
            TaskErrorCode.UNSUPPORTED_LANGUAGE,
            "QAT does not recognise the language of the program: begin it with OPENQASM 2.0; or OPENQASM 3.0;, or "
            "use QIR",
        )
    if language is Language.QIR:
        qubits = max((int(number) for number in _QIR_QUBITS.findall(code)), default=0)
    else:
        qubits = declared_qubits(language, code) or 0
    if qubits > request.qubits:
        raise TaskError(
            TaskErrorCode.TOO_MANY_QUBITS,
            f"the program declares {qubits} qubits, and this QPU has {request.qubits}: QAT counts every declared "
            "qubit",
        )
    return language, request.program + _NOT_A_PATH


def _compile(
    program: str, language: Language, config: CompilerConfig, target: _Target
) -> tuple[Any, QuantumCircuit, dict[str, int], dict[str, Any]]:
    """The program as pulses, the same as a circuit, QAT's variables with their classical bits, and the metrics."""
    wanted = config.metrics
    config.metrics = MetricsType.OptimizedCircuit | wanted
    package, found = _qat.compile(program, config, target.pulses)
    metrics = found.as_dict()
    optimized = metrics["optimized_circuit"]
    if MetricsType.OptimizedCircuit not in wanted:
        metrics["optimized_circuit"] = None
    # The optimised text is not optimised again. QIR has no such text; its circuit before routing is equivalent.
    as_it_is = CompilerConfig(repeats=config.repeats, optimizations=Tket(TketOptimizations.Empty))
    source = program if language is Language.QIR else optimized + _NOT_A_PATH
    built, _ = _qat.compile(source, as_it_is, target.circuit)
    builder = built.instructions
    return package, builder.circuit, dict(builder.bit_ordering), metrics


def _flips(results: dict[str, Any], bits: dict[str, int], circuit: QuantumCircuit, device: Device) -> list[Flips]:
    """The readout errors of the bits of the one register of some counts."""
    counts = next(iter(results.values()))
    if not isinstance(counts, dict):
        raise TaskError(
            TaskErrorCode.BAD_CONFIG, "readout error mitigation needs a register with a name: label the output"
        )
    measured = {int(found[1]): bit for variable, bit in bits.items() if (found := _INDEX.search(variable))}
    width = len(next(iter(counts)))
    return noisy.readouts(circuit, [measured.get(at) for at in range(width)], device)


def _readings(words: list[int], bit: int) -> NDArray[np.float64]:
    return np.array([1.0 - 2.0 * (word >> bit & 1) for word in words])


def _rejection(error: Exception, language: Language) -> TaskError:
    if isinstance(error, QASM2ParseError):
        return syntax_error(language, error.message)
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if (apart := _UNCOUPLED.search(message)) is not None:
        return TaskError(
            TaskErrorCode.UNSUPPORTED_INSTRUCTION,
            f"qubits {apart[2]} and {apart[1]} are not neighbours on this QPU, and the optimisations that route "
            f"between them are off (QAT: {message})",
        )
    code = next((code for part, code in _KINDS.items() if part in message), TaskErrorCode.UNSUPPORTED_INSTRUCTION)
    if code is TaskErrorCode.UNSUPPORTED_INSTRUCTION and language is Language.QIR and message.startswith("error:"):
        code = TaskErrorCode.SYNTAX
    return TaskError(code, f"QAT rejects the program: {message or type(error).__name__} ({language})")
