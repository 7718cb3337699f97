"""The fixtures of the tests of notebooks."""

from tests.notebooks.kernel import kernel

__all__ = ["kernel"]
