"""What all tests share: coroutine tests, each in a fresh event loop."""

import asyncio
import inspect
import os

import pytest
from hypothesis import settings

if "CI" not in os.environ:  # there Hypothesis brings a profile of its own
    settings.register_profile("shared machines", deadline=None)
    settings.load_profile("shared machines")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def test_…` to its end; no plugin is needed for that."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True
