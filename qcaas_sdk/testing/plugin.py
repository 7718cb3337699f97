"""The pytest plugin: coroutine tests, virtual time, and fixtures for a simulated cloud and the embedded QPU.

It is found by pytest as soon as this package is installed; `-p no:qcaas_sdk` leaves it out.
"""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from qcaas_sdk.oqc_sdk import OqcSdk
    from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
    from qcaas_sdk.testing.recorder import Recorder

PROFILE = "qcaas"
MARKS_OF_OTHERS = ("anyio", "asyncio", "trio", "twisted")
"""The marks by which other plugins know the coroutine tests that are theirs."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marks with pytest, and the profile with Hypothesis."""
    config.addinivalue_line("markers", "virtual_time: run this coroutine test in virtual time")
    config.addinivalue_line(
        "markers", "cloud(**options): what the fixture simulated_cloud is made with, as for SimulatedCloud"
    )
    if config.getoption("--hypothesis-profile", None) == PROFILE:
        from hypothesis import Phase, settings  # noqa: PLC0415  # slow to import, and perhaps not installed

        # A simulated day takes milliseconds, but not always the same ones; to explain a failure takes many days.
        phases = [phase for phase in Phase if phase is not Phase.explain]
        settings.register_profile(PROFILE, deadline=None, max_examples=200, stateful_step_count=20, phases=phases)


@pytest.fixture
def simulated_cloud(request: pytest.FixtureRequest) -> "SimulatedCloud":
    """A `SimulatedCloud` with the arguments of the mark `cloud`; the test runs in virtual time."""
    from qcaas_sdk.testing.cloud.cloud import SimulatedCloud  # noqa: PLC0415  # imported only by those who use it

    mark = request.node.get_closest_marker("cloud")
    return SimulatedCloud(**(mark.kwargs if mark else {}))


@pytest.fixture
def simulated_sdk(simulated_cloud: "SimulatedCloud", qcaas_runner: asyncio.Runner) -> "Iterator[OqcSdk]":
    """An open SDK on the `simulated_cloud`, whose first QPU is the default; faults begin once it is open."""
    from qcaas_sdk.testing.on_cloud import sdk_on  # noqa: PLC0415  # as above

    sdk = sdk_on(simulated_cloud)
    with simulated_cloud.calm():
        qcaas_runner.run(sdk.open())
    yield sdk
    qcaas_runner.run(sdk.close())


@pytest.fixture
def recorder(simulated_sdk: "OqcSdk", simulated_cloud: "SimulatedCloud") -> "Iterator[Recorder]":
    """A `Recorder` of everything that `simulated_sdk` makes; after the test, it checks all invariants."""
    from qcaas_sdk.testing.invariants import check  # noqa: PLC0415  # as above
    from qcaas_sdk.testing.recorder import Recorder  # noqa: PLC0415  # as above

    with Recorder(simulated_cloud) as recorder:
        recorder.watch(simulated_sdk)
        yield recorder
    check(recorder)


@pytest.fixture
def local_sdk(qcaas_runner: asyncio.Runner) -> "Iterator[OqcSdk]":
    """An open SDK on the embedded QPU (extra `local`); the test runs in real time."""
    from qcaas_sdk.oqc_sdk import OqcSdk  # noqa: PLC0415  # as above

    sdk = OqcSdk.local()
    qcaas_runner.run(sdk.open())
    yield sdk
    qcaas_runner.run(sdk.close())


@pytest.fixture
def qcaas_runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """What runs a coroutine test and the fixtures that need a loop."""
    with _runner(request.node) as runner:
        yield runner


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test that no other plugin has taken, or a Hypothesis property that is a coroutine function."""
    if any(pyfuncitem.get_closest_marker(mark) for mark in MARKS_OF_OTHERS):
        return None
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        if "qcaas_runner" in pyfuncitem.fixturenames:
            cast("asyncio.Runner", pyfuncitem.funcargs["qcaas_runner"]).run(pyfuncitem.obj(**given))
        else:
            with _runner(pyfuncitem) as runner:
                runner.run(pyfuncitem.obj(**given))
        return True
    hypothesis = getattr(pyfuncitem.obj, "hypothesis", None)
    if hypothesis is not None and inspect.iscoroutinefunction(hypothesis.inner_test):
        hypothesis.inner_test = _one_loop_each(pyfuncitem, hypothesis.inner_test)
    return None


def _one_loop_each(
    item: pytest.Function, property_: Callable[..., Coroutine[Any, Any, object]]
) -> Callable[..., None]:
    @functools.wraps(property_)
    def run(*args: Any, **kwargs: Any) -> None:
        with _runner(item) as runner:
            runner.run(property_(*args, **kwargs))

    return run


def _runner(item: pytest.Item) -> asyncio.Runner:
    virtual = item.get_closest_marker("virtual_time") is not None
    if virtual or "simulated_cloud" in getattr(item, "fixturenames", ()):
        from qcaas_sdk.testing.time import virtual_runner  # noqa: PLC0415  # as above

        return virtual_runner()
    return asyncio.Runner()
