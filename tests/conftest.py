"""What all tests share; coroutine tests are run by the plugin of the kit itself."""

import gc
import logging
import os
import random
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import settings

from qcaas_sdk.testing import SimulatedCloud
from qcaas_sdk.testing.recorder import LOGGERS

settings.register_profile("quick", deadline=None, max_examples=25)  # `make quick`; `make test` has four times as many

IN_CI = "CI" in os.environ

if not IN_CI:  # there Hypothesis brings a profile of its own, which draws the same examples each time
    settings.register_profile("shared machines", deadline=None)
    settings.load_profile("shared machines")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In CI, pauses are the same each time too. Elsewhere they vary, which finds tests that depend on one draw."""
    if IN_CI:
        random.seed(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """A recorder that a test leaves open, as scripts of the kit do, hears nothing of the next test."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.level, logger.propagate, [*logger.handlers]) for logger in loggers]
    try:
        return (yield)
    finally:
        for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.handlers[:] = handlers


def pytest_collection_finish() -> None:
    """What thousands of tests have imported stays: no garbage collection looks through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", params=[pytest.param("v3", marks=pytest.mark.slow), "v4"])
def each_api(request: pytest.FixtureRequest) -> Iterator[str]:
    """The version of the API that every `SimulatedCloud` of a module has, unless it names one."""
    with pytest.MonkeyPatch.context() as patch:
        defaults = SimulatedCloud.__init__.__kwdefaults__
        assert defaults is not None
        patch.setitem(defaults, "api", request.param)
        yield request.param


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A Dask cluster of two processes."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made
