"""`qcaas diagram`: draw a statechart, or convert it to another tool's format."""

import shlex
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from qcaas_sdk import BadStatechart, InvalidArgument, QcaasError
from qcaas_sdk._base.clock import SystemClock
from qcaas_sdk._record.known_chart import known_chart
from qcaas_sdk.cli.campaigns import is_file, job_in
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.completing import job_names
from qcaas_sdk.cli.ending import USAGE, fail, give_up
from qcaas_sdk.cli.lookup import looked_up
from qcaas_sdk.diagrams import View
from qcaas_sdk.diagrams.sequence import sequence_of
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
    name: Annotated[
        str,
        Argument(
            metavar="CHART|JOB",
            completes=job_names,
            help="A chart: job, composite_job, or a YAML file. With --sequence a job, as for `qcaas show`.",
        ),
    ],
    form: Annotated[
        Format | None,
        Option("--format", help="Output format. Default: from the extension of the output file, else mermaid."),
    ] = None,
    view: Annotated[View, Option(help="The whole chart, or only the main path.")] = View.FULL,
    sequence: Annotated[
        bool, Option("--sequence", help="Draw what happened to a job, from its campaign: Mermaid, SVG or text.")
    ] = False,
    output: Annotated[Path | None, Option(metavar="FILE", help="Output file. Default: stdout.")] = None,
) -> None:
    """Draw a statechart, or the life of a job. A chart as SVG or PNG needs the extra `diagrams`."""
    try:
        _draw(name, form, output, None if sequence else view)
    except QcaasError as error:
        give_up(error)
    except OSError as error:
        fail(USAGE, f"cannot write {output}: {error.strerror}")


def _draw(name: str, form: Format | None, output: Path | None, view: View | None) -> None:
    """Draw a chart in a view, or the life of a job if there is none."""
    if form is None:
        form = Format.MERMAID if output is None else _format_of(output)
    content = _life_of(name, form) if view is None else _chart_of(name).diagram(view).as_bytes(form)
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


def _life_of(name: str, form: Format) -> bytes:
    """The life of a job as its campaign tells it. Requests are not in a campaign."""
    if form not in {Format.MERMAID, Format.SVG, Format.TEXT}:
        fail(USAGE, f"a sequence diagram cannot be {form.value}: pass --format mermaid, svg or text")
    campaign, number, record = looked_up(lambda: job_in(name))
    told = record.name or campaign.state.labels.get(number) or record.tag or f"{campaign.name}/{number - 1}"
    drawn = sequence_of(record, known_chart(record), SystemClock(), None, told)
    texts = {Format.MERMAID: drawn.mermaid, Format.SVG: drawn.svg, Format.TEXT: drawn.__str__}
    return texts[form]().encode()


def _chart_of(name: str) -> Chart:
    if is_file(name) or Path(name).suffix:
        return load_chart(name)
    try:
        return shipped_chart(name)
    except BadStatechart as error:
        job = _job_meant(name)
        if job is None:
            raise
        raise InvalidArgument(
            f"{name!r} is not a chart; to draw the life of a job: qcaas diagram --sequence {shlex.quote(job)}",
            argument="name",
        ) from error


def _job_meant(name: str) -> str | None:
    """The job that is called so, or the first of the campaign that is."""
    for called in (name, f"{name}/0"):
        with suppress(QcaasError):
            campaign, number, _ = job_in(called)
            return f"{campaign.name}/{number - 1}"
    return None
