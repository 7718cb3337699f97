"""The table of what is accepted from where is what the code says."""

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_table_is_not_stale() -> None:
    made = runpy.run_path(str(DOCS / "accepted_programs.py"))
    page = (DOCS / "programs.md").read_text(encoding="utf-8")
    assert made["with_table"](page) == page, "run python docs/accepted_programs.py"
    assert page.count("Qiskit `QuantumCircuit`") == 1
