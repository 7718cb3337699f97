"""Optional packages: none is imported before it is used, and a missing one is named with its remedy."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qcaas_sdk import JobResult, MissingExtra, bits
from tests.results.examples import result

OPTIONAL = {
    "anywidget",
    "braket",
    "cirq",
    "httpx_aiohttp",
    "hypothesis",
    "matplotlib",
    "numpy",
    "openqasm",
    "openqasm3",
    "pandas",
    "pennylane",
    "pytket",
    "qiskit",
    "qiskit_aer",
    "rich",
    "scipp",
    "starlette",
    "click",
    "xarray",
}

CODE = """
import sys
{0}
print(*sorted({{name.split(".")[0] for name in sys.modules}}))
"""


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(code)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_no_optional_package() -> None:
    assert not modules_after("import qcaas_sdk") & OPTIONAL


def test_looking_at_counts_and_converting_text_imports_no_optional_package() -> None:
    code = """
from qcaas_sdk import Endianness, JobResult, UnsupportedProgram
from qcaas_sdk._programs.convert import program_text
one = JobResult(qpu_id="q", task_id="t", program="p", received=None, data={"c": {"01": 3}})
assert one.expectation("ZZ") == -1.0 and one.most_frequent(endianness=Endianness.LITTLE) == "10"
assert program_text("OPENQASM 2.0;") == "OPENQASM 2.0;"
try:
    program_text(3)
except UnsupportedProgram as error:
    assert "Qiskit's QuantumCircuit" in str(error)
else:
    raise AssertionError
"""
    assert not modules_after(code) & OPTIONAL


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("pandas", "pandas", JobResult.to_dataframe),
        ("xarray", "xarray", JobResult.to_xarray),
        ("scipp", "scipp", JobResult.to_counts_dataarray),
        ("scipp", "scipp", lambda one: one.like("0")),
        ("scipp", "scipp", lambda _: bits("0")),
        ("matplotlib", "plot", JobResult.plot),
    ],
)
def test_a_missing_package_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, package: str, extra: str, use: Callable[[JobResult], object]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf'pip install "qcaas-sdk\[{extra}\]"') as caught:
        use(result(c={"0": 1}))
    assert caught.value.extra == extra
