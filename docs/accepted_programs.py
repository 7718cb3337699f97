"""Writes the table of accepted programs in docs/programs.md from the code; `--test` only compares."""

import sys
from pathlib import Path

from qcaas_sdk._programs.convert import SOURCES

PAGE = Path(__file__).parent / "programs.md"
BEGIN = "<!-- made by docs/accepted_programs.py: do not edit -->\n"
END = "<!-- end -->\n"

TEXT = (
    "| text (`str`) | | unchanged: OpenQASM 2, OpenQASM 3, QIR | as in the text |",
    "| a file (`pathlib.Path`) | | unchanged, read as UTF-8 | as in the text |",
)


def table() -> str:
    """The table, in Markdown."""
    circuits = [
        f"| {source.package} `{source.class_name}` | `{source.exporter}` | {source.languages} | {source.registers} |"
        for source in SOURCES
    ]
    head = ("| program | exporter | sent as | registers of the result |", "| --- | --- | --- | --- |")
    return "\n".join((*head, *TEXT, *circuits)) + "\n"


def with_table(page: str) -> str:
    """The page with an up-to-date table."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    old = PAGE.read_text(encoding="utf-8")
    new = with_table(old)
    if "--test" in sys.argv:
        sys.exit("docs/programs.md is stale: run python docs/accepted_programs.py" if new != old else 0)
    PAGE.write_text(new, encoding="utf-8")
