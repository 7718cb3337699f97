"""How far two samples of one distribution may lie apart."""

import math
from collections.abc import Mapping


def distance(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Total variation between two sets of counts."""
    shots, others = sum(one.values()), sum(other.values())
    return 0.5 * sum(abs(one.get(key, 0) / shots - other.get(key, 0) / others) for key in one.keys() | other.keys())


def bound(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Total variation that sampling alone exceeds once in a million: E ≤ ½·√(k/n), tail by McDiarmid."""
    both = 1 / sum(one.values()) + 1 / sum(other.values())
    return 0.5 * math.sqrt(len(one.keys() | other.keys()) * both) + math.sqrt(math.log(1e6) * both / 2)


def alike(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Whether both may be samples of one distribution."""
    return distance(one, other) <= bound(one, other)
