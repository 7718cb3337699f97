"""`qcaas diagram`: a chart as a picture, or in the words of another tool."""

import sys
from enum import StrEnum
from pathlib import Path

from qcaas_sdk.cli.campaigns import is_file
from qcaas_sdk.cli.ending import USAGE, fail
from qcaas_sdk.diagrams import Detail
from qcaas_sdk.statechart import Chart, load_chart, shipped_chart


class Format(StrEnum):
    """What can be drawn."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    SCXML = "scxml"
    TEXT = "text"


ENDINGS = {".mmd": Format.MERMAID, ".mermaid": Format.MERMAID, ".gv": Format.DOT, ".txt": Format.TEXT}
ENDINGS |= {f".{form}": form for form in (Format.DOT, Format.SVG, Format.PNG, Format.SCXML)}


def draw(name: str, form: Format | None, detail: Detail, output: Path | None) -> None:
    """Draw a chart into a file, or onto stdout.

    Raises:
        BadStatechart: There is no such chart, or it is wrong.
        MissingExtra: The format needs packages that are not installed.
        OSError: The file cannot be written.
    """
    if form is None:
        form = ENDINGS.get(output.suffix, Format.MERMAID) if output is not None else Format.MERMAID
    content = chart_of(name).diagram(detail).as_bytes(form)
    if output is not None:
        output.write_bytes(content)
    elif form is Format.PNG and sys.stdout.isatty():
        fail(USAGE, "a PNG is nothing for a terminal: pass --output FILE, or send it on")
    else:
        sys.stdout.buffer.write(content)


def chart_of(name: str) -> Chart:
    """The chart in a file, or the one of that name that comes with the package.

    Raises:
        BadStatechart: There is neither, or the chart is wrong.
    """
    return load_chart(name) if is_file(name) or Path(name).suffix else shipped_chart(name)
