"""Coroutine tests in virtual time."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from qcaas_sdk.testing.time import run_virtual

P = ParamSpec("P")
T = TypeVar("T")


def virtually(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make of an `async def test_…` a plain test that runs it in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_virtual(test(*args, **kwargs))

    return run
