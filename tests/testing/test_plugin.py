"""The pytest plugin, as users meet it: their tests, their fixtures, no configuration."""

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

HEAD = """
    import asyncio
    import pytest
    from qcaas_sdk.testing import *
"""


def outcomes(pytester: pytest.Pytester, code: str, *arguments: str) -> dict[str, int]:
    pytester.makepyfile("\n".join(line[4:] for line in (HEAD + code).splitlines()))
    return pytester.runpytest_subprocess("-q", *arguments).parseoutcomes()


def test_a_coroutine_test_runs_without_any_configuration(pytester: pytest.Pytester) -> None:
    code = """
    async def test_it():
        await asyncio.sleep(0)
        assert asyncio.get_running_loop().time() > 0

    async def test_that_fails():
        await asyncio.sleep(0)
        assert False
    """
    assert outcomes(pytester, code) == {"passed": 1, "failed": 1}


def test_a_day_passes_in_virtual_time(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.virtual_time
    async def test_it():
        await asyncio.sleep(86_400)
        assert asyncio.get_running_loop().time() == 86_400
    """
    assert outcomes(pytester, code) == {"passed": 1}


def test_an_sdk_on_a_simulated_cloud(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.cloud(qpus=[SimulatedQpu(service_time=Constant(3600.0))], seed=7)
    async def test_it(simulated_sdk, simulated_cloud):
        job = simulated_sdk.create_job(program="OPENQASM 2.0;")
        await job.execute()
        assert job.completed
        assert simulated_cloud.token == "simulated-token-7"
        assert simulated_cloud.now > 3600
    """
    assert outcomes(pytester, code) == {"passed": 1}


def test_faults_begin_once_the_sdk_is_open(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.mark.cloud(faults=[Fault(Status(503), nth=range(3))])
    async def test_it(simulated_sdk, simulated_cloud):
        assert not any(record.fault for record in simulated_cloud.ledger.requests())
        await simulated_sdk.create_job(program="OPENQASM 2.0;").execute()
        assert sum(record.fault is not None for record in simulated_cloud.ledger.requests()) == 3
    """
    assert outcomes(pytester, code) == {"passed": 1}


def test_a_witness_judges_a_test_that_has_passed(pytester: pytest.Pytester) -> None:
    code = """
    async def test_that_is_right(simulated_sdk, recorder):
        await simulated_sdk.create_job(program="OPENQASM 2.0;").execute()
        assert len(recorder.jobs) == 1

    async def test_that_loses_a_run(simulated_sdk, recorder):
        from qcaas_sdk.job import record_of_job
        job = simulated_sdk.create_job(program="OPENQASM 2.0;")
        await job.submit()
        record_of_job(job).begin_run()
        await asyncio.sleep(10)
    """
    pytester.makepyfile("\n".join(line[4:] for line in (HEAD + code).splitlines()))
    ran = pytester.runpytest_subprocess("-q")
    assert ran.parseoutcomes() == {"passed": 2, "errors": 1}
    ran.stdout.fnmatch_lines(["*InvariantBroken: task * has a result that is 0 times in *"])


def test_an_sdk_on_the_embedded_qpu(pytester: pytest.Pytester) -> None:
    code = """
    async def test_it(local_sdk):
        program = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; measure q -> c;'
        job = local_sdk.create_job(program=program)
        await job.execute()
        assert job.result.data == {"c": {"0": 1000}}
    """
    assert outcomes(pytester, code) == {"passed": 1}


def test_a_property_may_be_a_coroutine_function(pytester: pytest.Pytester) -> None:
    code = """
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
    """
    assert outcomes(pytester, code) == {"passed": 1, "failed": 1}


def test_what_is_marked_for_another_plugin_is_left_to_it(pytester: pytest.Pytester) -> None:
    code = """
    @pytest.fixture
    def anyio_backend():
        return ("asyncio", {"debug": True})

    @pytest.mark.anyio
    async def test_it():
        assert asyncio.get_running_loop().get_debug()
    """
    assert outcomes(pytester, code) == {"passed": 1}


def test_the_profile(pytester: pytest.Pytester) -> None:
    code = """
    from hypothesis import settings

    def test_it():
        assert settings.default.deadline is None
        assert settings.default.max_examples == 200
    """
    assert outcomes(pytester, code, "--hypothesis-profile=qcaas") == {"passed": 1}
    assert outcomes(pytester, code) == {"failed": 1}


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    code = """
    def test_it(request):
        with pytest.raises(pytest.FixtureLookupError):
            request.getfixturevalue("simulated_cloud")
    """
    assert outcomes(pytester, code, "-p", "no:qcaas_sdk") == {"passed": 1}
