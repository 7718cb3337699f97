"""A QPU as a Qiskit backend."""

import copy
import warnings
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from compiler_config.config import CompilerConfig, QuantumResultsFormat
from qiskit import QuantumCircuit
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import Target

from qcaas_sdk._guards import arguments
from qcaas_sdk._programs.config import DEFAULT_SHOTS
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.qiskit.connection import Connection
from qcaas_sdk.qiskit.errors import UnsupportedCircuit
from qcaas_sdk.qiskit.experiment import experiment_of
from qcaas_sdk.qiskit.job import OqcJob
from qcaas_sdk.qiskit.target import Features, target_of

_NOT_IN_ORDER = "memory=True: the service returns counts without an order, so the shots are listed in random order"


class OqcBackend(BackendV2):  # type: ignore[misc]  # Qiskit has no types
    """One QPU; made by `OqcProvider.get_backend`. Its name is the QPU's id.

    The options of `run`, which `set_options` sets for all runs:
        shots: How often each circuit runs; by default 1000, or what `config` says.
        memory: Whether the result lists the shots too, in random order: the service returns only counts.
        config: A `CompilerConfig`, for optimisations and error mitigation. Its results format is always counts.
    """

    def __init__(
        self,
        provider: object,
        connection: Connection,
        *,
        qpu_id: str,
        qpu_name: str | None,
        features: Features,
    ) -> None:
        super().__init__(provider=provider, name=qpu_id, description=qpu_name)
        self._connection = connection
        self._features = features
        self._target = target_of(qpu_id, features)
        if features.max_shots is not None:
            self._options.update_options(shots=min(DEFAULT_SHOTS, features.max_shots))

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=DEFAULT_SHOTS, memory=False, config=None)

    @property
    def target(self) -> Target:
        """The target of the transpiler: generic, because the service publishes no couplings (see `target_of`)."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit: the SDK splits requests to stay under the service's size limit."""
        return

    @property
    def features(self) -> Features:
        """What the service says about the QPU."""
        return self._features

    def run(self, run_input: QuantumCircuit | Iterable[QuantumCircuit], **options: Any) -> OqcJob:
        """Submit circuits. It returns when the service has accepted them, without waiting for results.

        Transpile them for this backend first. Each runs as its own task. If one fails, the others go on. Unknown
        options, such as a simulator's seed, are ignored with a warning.

        Args:
            run_input: A circuit, or several.
            options: `shots`, `memory`, `config`: see the class.

        Raises:
            UnsupportedCircuit: A circuit cannot be sent; nothing was sent.
            InvalidArgument: The shots are not within the QPU's limit, or contradict `config`; or `run_input` is not
                a circuit and not a list.
            QcaasError: The service cannot be used now.
        """
        if not isinstance(run_input, QuantumCircuit | Iterable):
            raise arguments.wrong("run_input", "a QuantumCircuit or a list of them", run_input)
        circuits = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        chosen = copy.copy(self._options)
        for name, value in options.items():
            if name in self._options:
                if value is not None:
                    chosen.update_options(**{name: value})
            elif value is not None:
                warnings.warn(f"the option {name!r} is ignored: a QPU does not support it", stacklevel=2)
        if chosen.memory:
            warnings.warn(_NOT_IN_ORDER, stacklevel=2)
        shots = chosen.shots
        if chosen.config is not None and chosen.config.repeats is not None:
            shots = chosen.config.repeats
            if options.get("shots") not in {None, shots}:
                raise InvalidArgument(
                    f"shots={options['shots']} contradicts config.repeats={shots}: pass one of them", argument="shots"
                )
        return self.run_each(circuits, [shots] * len(circuits), config=chosen.config, memory=chosen.memory)

    def run_each(
        self,
        circuits: Sequence[QuantumCircuit],
        shots: Sequence[int],
        *,
        config: CompilerConfig | None = None,
        memory: bool = False,
    ) -> OqcJob:
        """As `run`, with shots of its own for each circuit.

        Args:
            circuits: What is to run.
            shots: How often each is to run.
            config: As in `run`; its own number of repeats does not count.
            memory: As in `run`.

        Raises:
            UnsupportedCircuit: As `run`.
            InvalidArgument: The shots are not within the QPU's limit.
            QcaasError: As `run`.
        """
        if not circuits:
            raise UnsupportedCircuit("run() got an empty list: pass at least one circuit")
        configs = {number: self._config(number, config) for number in set(shots)}
        experiments = [
            experiment_of(circuit, number, self._features) for circuit, number in zip(circuits, shots, strict=True)
        ]
        job = OqcJob(
            self, str(uuid4()), self._connection, experiments, [configs[number] for number in shots], memory=memory
        )
        job.submit()
        return job

    def _config(self, shots: int, base: CompilerConfig | None) -> CompilerConfig:
        most = self._features.max_shots
        shots = arguments.whole(shots, "shots")
        if shots < 1 or (most is not None and shots > most):
            raise InvalidArgument(
                f"shots is {shots}; {self.name} accepts 1 to {most or 'any number'}", argument="shots"
            )
        config = CompilerConfig() if base is None else copy.deepcopy(base)
        config.repeats = int(shots)
        config.results_format = QuantumResultsFormat().binary_count()
        return config

    def __repr__(self) -> str:
        return f"OqcBackend({self.name!r}, qubits={self._features.qubits})"
