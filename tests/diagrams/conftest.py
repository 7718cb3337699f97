"""A real Mermaid for the tests of this folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "mermaid"


class RealMermaid:
    """Mermaid itself, in a Node process that answers line by line."""

    def __init__(self, node: str) -> None:
        self._process = subprocess.Popen(
            [node, HERE / "read.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def read(self, text: str) -> dict[str, Any]:
        """The states and moves of a diagram, or what is wrong with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(text)}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="session")
def real_mermaid() -> Iterator[RealMermaid]:
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if node is None or not (HERE / "node_modules" / "mermaid").is_dir():
        reason = "there is no Mermaid here: `make test` installs it, where npm reaches its registry"
        if os.environ.get("MERMAID") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    mermaid = RealMermaid(node)
    yield mermaid
    mermaid.close()
