"""How many examples a property takes that needs more or fewer than others."""

from hypothesis import settings


def scaled(number: int) -> int:
    """So many in `make test`, and the same share of them as of all others in `make quick`."""
    return max(number * settings.default.max_examples // 100, 1)
