"""What all tests of sign-in share: no variables from outside, and a token cache of their own."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("OQC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OQC_OIDC_CACHE_ROOT", str(tmp_path / "tokens"))
    return tmp_path / "tokens"
