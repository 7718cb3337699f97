"""What all tests of the command line share: no service from outside, and a place of their own for campaigns."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def campaigns_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("OQC_URL", "OQC_AUTHENTICATION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QCAAS_CAMPAIGNS", str(tmp_path / "campaigns"))
    return tmp_path / "campaigns"
