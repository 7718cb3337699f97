"""Readout error mitigation, as QAT's: a distribution beside the counts. Used inside the simulator process.

QAT puts it into the results under a name of its own, as if it were one more register.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from compiler_config.config import CompilerConfig, ErrorMitigationConfig, ResultsFormatting
from numpy.typing import NDArray

from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode

MOST_BITS = {ErrorMitigationConfig.LinearMitigation: 20, ErrorMitigationConfig.MatrixMitigation: 10}
NAMES = {
    ErrorMitigationConfig.LinearMitigation: "linear_readout_mitigation",
    ErrorMitigationConfig.MatrixMitigation: "matrix_readout_mitigation",
}
"""The names of the distributions in the results, as in QAT."""

Flips = tuple[float, float]
"""The probabilities of a bit to read 1 for 0, and 0 for 1."""


def methods_of(config: CompilerConfig) -> list[ErrorMitigationConfig]:
    """The methods that a configuration asks for.

    Raises:
        TaskError: Its results format has no counts.
    """
    wanted = config.error_mitigation
    methods = [method for method in NAMES if wanted is not None and method in wanted]
    transforms = config.results_format.transforms
    if methods and (transforms is None or ResultsFormatting.BinaryCount not in transforms):
        raise TaskError(
            TaskErrorCode.BAD_CONFIG,
            "readout error mitigation needs counts: use results_format=QuantumResultsFormat().binary_count()",
        )
    return methods


def mitigated(
    methods: Sequence[ErrorMitigationConfig], registers: Mapping[str, Mapping[str, int]], flips: Sequence[Flips]
) -> dict[str, dict[str, float]]:
    """The distributions, by their names in the results.

    Args:
        methods: How to correct. The matrix method inverts the matrix of all bitstrings, and its quasi-probabilities
            can be below 0. The linear method inverts that of each qubit in turn, and drops what is not above 0.
        registers: The counts; there must be one register.
        flips: The readout errors of its bits, bit 0 first.

    Raises:
        TaskError: There are several registers or too many bits, or a readout is as good as a coin.
    """
    if not methods:
        return {}
    if len(registers) > 1:
        raise TaskError(
            TaskErrorCode.BAD_CONFIG,
            f"readout error mitigation works with one register, and the program has {len(registers)}: "
            f"{', '.join(registers)}",
        )
    if any(abs(1 - zero - one) < 1e-9 for zero, one in flips):
        raise TaskError(TaskErrorCode.BAD_CONFIG, "a readout is as good as a coin, so no mitigation can correct it")
    found = {}
    for method in methods:
        if len(flips) > MOST_BITS[method]:
            raise TaskError(
                TaskErrorCode.BAD_CONFIG,
                f"this error mitigation takes at most {MOST_BITS[method]} bits, and the register has {len(flips)}",
            )
        (counts,) = registers.values()
        measured = np.zeros(2 ** len(flips))
        for bitstring, times in counts.items():
            measured[int(bitstring, 2)] = times / sum(counts.values())
        correct = _by_matrix if method is ErrorMitigationConfig.MatrixMitigation else _by_qubit
        found[NAMES[method]] = {
            f"{at:0{len(flips)}b}": float(share)
            for at, share in enumerate(correct(measured, [_confusion(*pair) for pair in flips]))
            if share > 0 or method is ErrorMitigationConfig.MatrixMitigation
        }
    return found


def _confusion(zero: float, one: float) -> NDArray[np.float64]:
    """What is read, by what is: the columns sum to 1."""
    return np.array([[1 - zero, one], [zero, 1 - one]])


def _by_matrix(measured: NDArray[np.float64], confusions: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    whole: NDArray[np.float64] = np.ones((1, 1))
    for confusion in confusions:
        whole = np.kron(whole, confusion).astype(np.float64)
    corrected: NDArray[np.float64] = np.linalg.inv(whole) @ measured
    return corrected


def _by_qubit(measured: NDArray[np.float64], confusions: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    shares = measured.reshape((2,) * len(confusions))
    for axis, confusion in enumerate(confusions):
        shares = np.moveaxis(np.tensordot(np.linalg.inv(confusion), shares, axes=(1, axis)), 0, axis)
    return shares.reshape(-1)
