"""`qcaas diagram`: draw a statechart, or convert it to another tool's format."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from qcaas_sdk import InvalidArgument, QcaasError
from qcaas_sdk.cli.campaigns import is_file
from qcaas_sdk.cli.ending import USAGE, fail, give_up
from qcaas_sdk.cli.parameters import Argument, Option
from qcaas_sdk.diagrams import View
from qcaas_sdk.statechart import Chart, load_chart, shipped_chart


class Format(StrEnum):
    """The formats of a picture."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    SCXML = "scxml"
    TEXT = "text"


EXTENSIONS = dict.fromkeys((".mmd", ".mermaid", ".md"), Format.MERMAID) | {".gv": Format.DOT, ".txt": Format.TEXT}
EXTENSIONS |= {f".{form}": form for form in (Format.DOT, Format.SVG, Format.PNG, Format.SCXML)}


def diagram(
    chart: Annotated[str, Argument(metavar="NAME|FILE", help="job, composite_job, or a YAML file.")],
    form: Annotated[
        Format | None,
        Option("--format", help="Output format. Default: from the extension of the output file, else mermaid."),
    ] = None,
    view: Annotated[View, Option(help="The whole chart, or only the road through it.")] = View.FULL,
    output: Annotated[Path | None, Option(metavar="FILE", help="Output file. Default: stdout.")] = None,
) -> None:
    """Draw a statechart. SVG and PNG need the extra `diagrams`."""
    try:
        _draw(chart, form, view, output)
    except QcaasError as error:
        give_up(error)
    except OSError as error:
        fail(USAGE, f"cannot write {output}: {error.strerror}")


def _draw(name: str, form: Format | None, view: View, output: Path | None) -> None:
    if form is None:
        form = Format.MERMAID if output is None else _format_of(output)
    content = _chart_of(name).diagram(view).as_bytes(form)
    if output is not None:
        output.write_bytes(content)
    elif form is Format.PNG and sys.stdout.isatty():
        fail(USAGE, "a terminal cannot show PNG: pass --output FILE, or redirect stdout to a file")
    else:
        sys.stdout.buffer.write(content)


def _format_of(output: Path) -> Format:
    form = EXTENSIONS.get(output.suffix.lower())
    if form is None:
        raise InvalidArgument(
            f"--output {output}: the extension {output.suffix or '(none)'} is not that of a known format; use one of "
            f"{', '.join(EXTENSIONS)}, or pass --format",
            argument="output",
        )
    return form


def _chart_of(name: str) -> Chart:
    return load_chart(name) if is_file(name) or Path(name).suffix else shipped_chart(name)
