"""The lowest versions that the project says it works with: installed, and used once."""

import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.support.environments import environment

EXTRAS = "cli,diagrams,testing,local,check,results,speed,qiskit,dask"
"""All but `qat`, which has an environment of its own in the tests of its engine."""

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("lowest")]


@pytest.fixture(scope="session")
def lowest() -> Path:
    """The scripts' folder of an environment with the project and the lowest versions of what it asks for."""
    return environment("lowest versions", extras=EXTRAS, lowest=True).parent


def run(scripts: Path, code: str, folder: Path) -> str:
    done = subprocess.run(
        [scripts / "python", "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_job_runs_on_the_embedded_qpu_and_its_result_goes_everywhere(lowest: Path, tmp_path: Path) -> None:
    out = run(
        lowest,
        """
        import asyncio
        import matplotlib
        matplotlib.use("agg")
        from qcaas_sdk import OqcSdk
        BELL = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'

        async def main():
            async with OqcSdk.local(journal="jobs.db") as sdk:
                job = sdk.create_job(program=BELL, tag="lowest")
                await job.execute()
            result = job.result
            assert sum(result.counts().values()) == 1000
            for made in (result.to_dataframe(), result.to_xarray(), result.to_counts_dataarray(), result.plot()):
                print(type(made).__module__.split(".")[0])
            async with OqcSdk.local(journal="jobs.db") as sdk:
                print(*(found.tag for found in sdk.recover(all=True)))

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert out.split() == ["pandas", "xarray", "scipp", "matplotlib", "lowest"]


def test_charts_are_drawn(lowest: Path, tmp_path: Path) -> None:
    code = """
        from qcaas_sdk.statechart import shipped_chart
        diagram = shipped_chart("job").diagram()
        print(str(diagram.svg()).count("<svg"), diagram.mermaid().splitlines()[0])
    """
    assert run(lowest, code, tmp_path).split() == ["1", "stateDiagram-v2"]


def test_qiskit_runs_on_it(lowest: Path, tmp_path: Path) -> None:
    assert run(lowest, "import qcaas_sdk.qiskit, qcaas_sdk.testing; print('here')", tmp_path).strip() == "here"


def test_it_knows_dask(lowest: Path, tmp_path: Path) -> None:
    code = """
        import distributed
        from qcaas_sdk.local import LocalSettings, dask_executor
        settings = LocalSettings(executor=dask_executor("tcp://127.0.0.1:1"))
        print(settings.executor is not None, distributed.__version__)
    """
    assert run(lowest, code, tmp_path).split() == ["True", "2024.1.0"]


def test_every_kind_of_config_that_can_be_written_can_be_read(lowest: Path, tmp_path: Path) -> None:
    code = "from compiler_config.experimental.erado.config import EradoConfig; print(EradoConfig.__name__)"
    assert run(lowest, code, tmp_path).strip() == "EradoConfig"


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["serve", "--help"], ["watch", "--help"]])
def test_the_command_line_helps(lowest: Path, tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        [lowest / "qcaas", *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={"HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout
