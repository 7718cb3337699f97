"""The kit as a whole: what importing it costs, and what it says when its extra is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

import qcaas_sdk.testing
from qcaas_sdk import MissingExtra


def test_importing_it_does_not_import_hypothesis() -> None:
    code = "import sys, qcaas_sdk.testing; print('hypothesis' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["programs", "lifecycle_machine", "statecharts", "job_on"])
def test_what_needs_hypothesis_names_the_extra_when_it_is_missing(name: str) -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import qcaas_sdk.testing\n"
        f"try: qcaas_sdk.testing.{name}\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("MissingExtra")
    assert "qcaas-sdk[testing]" in ran.stdout


def test_every_name_it_offers_is_there() -> None:
    for name in qcaas_sdk.testing.__all__:
        assert getattr(qcaas_sdk.testing, name) is not None


def test_no_module_of_it_hides_a_name_that_it_offers() -> None:
    modules = {file.stem for file in Path(qcaas_sdk.testing.__file__).parent.glob("*.py")}
    assert not modules & set(qcaas_sdk.testing.__all__)


def test_a_name_that_it_has_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing_at_all'"):
        qcaas_sdk.testing.nothing_at_all  # noqa: B018


def test_the_error_of_a_missing_extra_is_an_import_error() -> None:
    assert issubclass(MissingExtra, ImportError)
