"""The compiler configuration of a task, for every engine. Used inside the simulator process."""

import warnings
from functools import lru_cache

from compiler_config.config import CompilerConfig, QuantumResultsFormat

from qcaas_sdk.local.simulator.simulation import SimulationRequest
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

DEFAULT_SHOTS = 1000


def read_config(request: SimulationRequest) -> tuple[CompilerConfig, int]:
    """The compiler configuration of a request, and its number of shots.

    Requests share the configuration: do not change it. A task without a configuration gets counts, as at the service.
    A configuration without a format gets binary results, as with QAT: see `results.shape`.

    Raises:
        TaskError: It is not valid, or its number of shots is not.
    """
    config = _config_of(request.config)
    shots = DEFAULT_SHOTS if config.repeats is None else config.repeats
    if not isinstance(shots, int) or isinstance(shots, bool) or shots < 1:
        raise TaskError(TaskErrorCode.BAD_CONFIG, f"repeats must be a whole number above 0, not {shots!r}")
    if shots > request.max_shots:
        raise TaskError(
            TaskErrorCode.TOO_MANY_SHOTS, f"the task has {shots} repeats, and this QPU allows {request.max_shots}"
        )
    return config, shots


@lru_cache(maxsize=64)
def _config_of(text: str | None) -> CompilerConfig:
    config = CompilerConfig(repeats=DEFAULT_SHOTS, results_format=QuantumResultsFormat().binary_count())
    if text is not None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about flags of other versions, which do not matter to a simulator
                config.from_json(text)
        except Exception as error:  # the package's reader raises errors of every kind
            raise TaskError(
                TaskErrorCode.BAD_CONFIG, f"the config is not a CompilerConfig: {type(error).__name__}: {error}"
            ) from error
    return config
