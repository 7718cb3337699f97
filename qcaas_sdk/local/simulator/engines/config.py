"""What a task asks of its run, whatever engine runs it. Used inside the simulator process."""

import warnings

from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk.local.simulator.simulation import SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

DEFAULT_SHOTS = 1000


def read_config(request: SimulationRequest) -> tuple[CompilerConfig, int]:
    """The compiler configuration of a request, and how many shots it comes to.

    A task without a configuration gets counts, as the service has it. A configuration that names no format gets
    what QAT makes of it, which is no counts: see `results.shape`.

    Raises:
        TaskError: It is none, or asks for a number of shots that cannot be.
    """
    config = CompilerConfig(repeats=DEFAULT_SHOTS, results_format=QuantumResultsFormat().binary_count())
    if request.config is not None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about flags of other versions, which mean nothing to a simulator
                config.from_json(request.config)
        except Exception as error:  # the package's own reader raises whatever its pieces do
            raise TaskError(
                TaskErrorCode.BAD_CONFIG, f"the config is not a CompilerConfig: {type(error).__name__}: {error}"
            ) from error
    shots = DEFAULT_SHOTS if config.repeats is None else config.repeats
    if not isinstance(shots, int) or isinstance(shots, bool) or shots < 1:
        raise TaskError(TaskErrorCode.BAD_CONFIG, f"repeats must be a whole number above 0, not {shots!r}")
    if shots > request.max_shots:
        raise TaskError(
            TaskErrorCode.TOO_MANY_SHOTS, f"{shots} repeats are asked for, and this QPU allows {request.max_shots}"
        )
    return config, shots
