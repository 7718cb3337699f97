"""The pytest plugin, as users meet it: their tests, their fixtures, no configuration."""

import os
import subprocess
import sys
from collections import Counter

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plugin")]

pytest_plugins = ["pytester"]

HEAD = """\
import asyncio
import pytest
from qcaas_sdk.testing import *
"""

USERS: dict[str, tuple[str, dict[str, int]]] = {
    "a_coroutine_test_runs_without_any_configuration": (
        """
async def test_it():
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().time() > 0

async def test_that_fails():
    await asyncio.sleep(0)
    assert False
""",
        {"PASSED": 1, "FAILED": 1},
    ),
    "a_day_passes_in_virtual_time": (
        """
@pytest.mark.virtual_time
async def test_it():
    await asyncio.sleep(86_400)
    assert asyncio.get_running_loop().time() == 86_400
""",
        {"PASSED": 1},
    ),
    "an_sdk_on_a_simulated_cloud": (
        """
@pytest.mark.cloud(qpus=[SimulatedQpu(service_time=Constant(3600.0))], seed=7)
async def test_it(simulated_sdk, simulated_cloud):
    job = simulated_sdk.create_job(program="OPENQASM 2.0;")
    await job.execute()
    assert job.completed
    assert simulated_cloud.token == "simulated-token-7"
    assert simulated_cloud.now > 3600
""",
        {"PASSED": 1},
    ),
    "faults_begin_once_the_sdk_is_open": (
        """
@pytest.mark.cloud(faults=[Fault(Status(503), nth=range(3))])
async def test_it(simulated_sdk, simulated_cloud):
    assert not any(record.fault for record in simulated_cloud.ledger.requests())
    await simulated_sdk.create_job(program="OPENQASM 2.0;").execute()
    assert sum(record.fault is not None for record in simulated_cloud.ledger.requests()) == 3
""",
        {"PASSED": 1},
    ),
    "a_witness_judges_a_test_that_has_passed": (
        """
async def test_that_is_right(simulated_sdk, recorder):
    await simulated_sdk.create_job(program="OPENQASM 2.0;").execute()
    assert len(recorder.jobs) == 1

async def test_that_loses_a_run(simulated_sdk, recorder):
    from qcaas_sdk.job import record_of_job
    job = simulated_sdk.create_job(program="OPENQASM 2.0;")
    await job.submit()
    record_of_job(job).begin_run()
    await asyncio.sleep(10)
""",
        {"PASSED": 2, "ERROR": 1},
    ),
    "an_sdk_on_the_embedded_qpu": (
        """
async def test_it(local_sdk):
    program = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; measure q -> c;'
    job = local_sdk.create_job(program=program)
    await job.execute()
    assert job.result.data == {"c": {"0": 1000}}
""",
        {"PASSED": 1},
    ),
    "a_property_may_be_a_coroutine_function": (
        """
from hypothesis import given, strategies as st

@pytest.mark.virtual_time
@given(st.floats(1, 1e6))
async def test_it(seconds):
    await asyncio.sleep(seconds)
    assert asyncio.get_running_loop().time() == seconds

@given(st.integers())
async def test_that_fails(number):
    await asyncio.sleep(0)
    assert number < 100
""",
        {"PASSED": 1, "FAILED": 1},
    ),
    "what_is_marked_for_another_plugin_is_left_to_it": (
        """
@pytest.fixture
def anyio_backend():
    return ("asyncio", {"debug": True})

@pytest.mark.anyio
async def test_it():
    assert asyncio.get_running_loop().get_debug()
""",
        {"PASSED": 1},
    ),
}
"""Tests of users, each a file of its own, and what comes of them."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says when it runs all those files."""
    folder = tmp_path_factory.mktemp("users")
    for name, (code, _) in USERS.items():
        (folder / f"test_{name}.py").write_text(HEAD + code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"]
    environment = os.environ | {"HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    ).stdout


def outcomes(ran: str, name: str) -> dict[str, int]:
    """The outcomes in one file."""
    lines = [line.split() for line in ran.splitlines() if f" test_{name}.py::" in line]
    return Counter(words[0] for words in lines if words[0] in {"PASSED", "FAILED", "ERROR"})


@pytest.mark.parametrize("name", USERS)
def test_what_comes_of_the_tests_of_users(name: str, ran: str) -> None:
    assert outcomes(ran, name) == USERS[name][1], ran


def test_a_witness_says_what_is_wrong(ran: str) -> None:
    pytest.LineMatcher(ran.splitlines()).fnmatch_lines(["*InvariantBroken: task * has a result that is 0 times in *"])


def outcomes_of(pytester: pytest.Pytester, code: str, *arguments: str) -> dict[str, int]:
    pytester.makepyfile(HEAD + code)
    return pytester.runpytest_subprocess("-q", *arguments).parseoutcomes()


def test_the_profile(pytester: pytest.Pytester) -> None:
    code = """
from hypothesis import settings

def test_it():
    assert settings.default.deadline is None
    assert settings.default.max_examples == 200
"""
    assert outcomes_of(pytester, code, "--hypothesis-profile=qcaas") == {"passed": 1}
    assert outcomes_of(pytester, code) == {"failed": 1}


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    code = """
def test_it(request):
    with pytest.raises(pytest.FixtureLookupError):
        request.getfixturevalue("simulated_cloud")
"""
    assert outcomes_of(pytester, code, "-p", "no:qcaas_sdk") == {"passed": 1}
