"""The built wheel, installed in a clean environment: what a user gets from a plain install."""

import subprocess
import sys
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

from tests.support.environments import ROOT, uv

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("wheel")]


BUILD = [sys.executable, "-m", "build", "--installer", "uv", str(ROOT), "--outdir"]


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([*BUILD, folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def python(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel and what it needs, and nothing else."""
    environment = tmp_path_factory.mktemp("clean")
    (wheel,) = dist.glob("*.whl")
    uv("venv", "--python", sys.executable, "--clear", str(environment))
    python = environment / "bin" / "python"
    uv("pip", "install", "--compile-bytecode", "--python", str(python), str(wheel))
    return python


def run(python: Path, code: str, cwd: Path) -> str:
    done = subprocess.run(
        [python, "-W", "error", "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_charts_the_types_and_no_tests(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(contents(wheel))
    charts = {file.name for file in (ROOT / "statecharts").iterdir()}
    assert {"job.yaml", "composite_job.yaml", "job_with_retries.yaml", "schema.json"} <= charts
    assert {f"qcaas_sdk/statecharts/{name}" for name in charts} <= names
    assert "qcaas_sdk/py.typed" in names
    for room, some in (
        ("web", {"index.html", "main.js", "style.css"}),
        ("diagrams", {"chart.js", "picture.css"}),
        ("_handles/live", {"widget.js", "widget.css"}),
    ):
        page = {file.name for file in (ROOT / "qcaas_sdk" / room / "static").iterdir()}
        assert some <= page
        assert {f"qcaas_sdk/{room}/static/{name}" for name in page} <= names
    assert "_qcaas.py" in names, "the script `qcaas`"
    assert not [name for name in names if name.startswith(("tests", "bench", "docs"))]
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/statecharts/job.yaml") for name in archive.getnames())


def test_a_wheel_built_from_the_sdist_holds_what_one_built_from_the_checkout_holds(
    dist: Path, tmp_path: Path
) -> None:
    subprocess.run([*BUILD, tmp_path, "--wheel"], check=True, capture_output=True)
    (from_sdist,), (from_checkout,) = dist.glob("*.whl"), tmp_path.glob("*.whl")
    assert contents(from_sdist) == contents(from_checkout)


def test_a_plain_install_finds_its_charts_inside_the_package(python: Path, tmp_path: Path) -> None:
    out = run(
        python,
        """
        import qcaas_sdk
        from pathlib import Path
        from qcaas_sdk.statechart import shipped_chart
        chart = shipped_chart("job")
        print(Path(chart.file).parent == Path(qcaas_sdk.__file__).parent / "statecharts", len(chart.states))
        """,
        tmp_path,
    )
    assert out.split() == ["True", "6"]


def test_a_plain_install_is_light(python: Path, tmp_path: Path) -> None:
    packages = {line.split("==")[0] for line in uv("pip", "freeze", "--python", str(python)).splitlines()}
    assert not packages & {
        "qiskit",
        "numpy",
        "click",
        "rich",
        "starlette",
        "uvicorn",
        "hypothesis",
        "pandas",
        "scipp",
    }
    assert len(packages) <= 25, sorted(packages)


def test_importing_the_package_imports_nothing_heavy(python: Path, tmp_path: Path) -> None:
    out = run(python, "import qcaas_sdk, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))", tmp_path)
    assert not set(out.split()) & {
        "httpx",
        "yaml",
        "cattrs",
        "compiler_config",
        "pydantic",
        "numpy",
        "hypothesis",
    }


def test_a_plain_install_says_what_the_embedded_qpu_needs(python: Path, tmp_path: Path) -> None:
    out = run(
        python,
        """
        from qcaas_sdk import MissingExtra, OqcSdk
        try:
            OqcSdk.local()
        except MissingExtra as error:
            print(error)
        """,
        tmp_path,
    )
    assert 'pip install "qcaas-sdk[local]"' in out


def test_a_plain_install_says_what_the_qiskit_provider_needs(python: Path, tmp_path: Path) -> None:
    out = run(
        python,
        """
        from qcaas_sdk import MissingExtra
        try:
            import qcaas_sdk.qiskit
        except MissingExtra as error:
            print(error)
        """,
        tmp_path,
    )
    assert 'pip install "qcaas-sdk[qiskit]"' in out


def test_a_plain_install_says_what_the_command_line_needs(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python.parent / "qcaas", "qpus"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert done.stderr.strip() == (
        'the command line needs packages that are not installed. Run: pip install "qcaas-sdk[cli]"'
    )


def test_a_plain_install_can_make_an_sdk_and_a_default_configuration(python: Path, tmp_path: Path) -> None:
    out = run(
        python,
        """
        from qcaas_sdk import OqcSdk
        from qcaas_sdk._record.request import default_config_json
        print(OqcSdk("https://cloud.example.org", "token"))
        print('"repeats": 1000' in default_config_json())
        """,
        tmp_path,
    )
    assert out.split("\n")[1] == "True"


def test_a_plain_install_draws_charts_in_what_needs_no_package(python: Path, tmp_path: Path) -> None:
    code = """
        from qcaas_sdk import MissingExtra
        from qcaas_sdk.statechart import shipped_chart

        diagram = shipped_chart("job").diagram()
        print(diagram.mermaid().splitlines()[0], len(diagram.dot()) > 1000, len(diagram.scxml()) > 1000)
        try:
            diagram.svg()
        except MissingExtra as error:
            print(error.extra)
        print(sorted(diagram._repr_mimebundle_()))
    """
    said = run(python, code, tmp_path).splitlines()
    assert said == ["stateDiagram-v2 True True", "diagrams", "['text/plain', 'text/vnd.mermaid']"]
