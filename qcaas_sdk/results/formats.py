"""Which formats of a result are read as counts. The configuration of a job asks for one: `results_format`.

`QuantumResultsFormat` of the package `compiler-config` lists the formats. What is not counts stays as the server sent
it, in `result.data`.
"""

from collections.abc import Mapping
from typing import Any

from qcaas_sdk.errors import NoResult
from qcaas_sdk.results.counts import Counts

_MITIGATED = {"linear_readout_mitigation", "matrix_readout_mitigation"}
"""With error mitigation, QAT puts a distribution under one of these names beside the register."""


def registers_of(data: Any, whose: str) -> dict[str, Counts]:
    """Register → counts, from the data of a result.

    Args:
        data: What the server sent.
        whose: Whose data it is, for messages.

    Raises:
        NoResult: It holds no counts, but another result format.
    """
    if isinstance(data, Mapping):
        data = {name: counts for name, counts in data.items() if name not in _MITIGATED or _are_counts(counts)}
    if not isinstance(data, Mapping) or not all(_are_counts(counts) for counts in data.values()):
        raise NoResult(
            f"the result of {whose} has no counts, because its configuration does not ask for them. To get counts, "
            "add `results_format=QuantumResultsFormat().binary_count()` to the CompilerConfig, or pass "
            f"create_job(shots=…) without a config, and run it again. "
            f"`result.data` has the results as sent: {data!s:.60}"
        )
    return {str(name): dict(counts) for name, counts in data.items()}


def _are_counts(counts: object) -> bool:
    return isinstance(counts, Mapping) and all(
        isinstance(key, str) and not set(key) - {"0", "1"} and type(times) is int and times >= 0
        for key, times in counts.items()
    )
