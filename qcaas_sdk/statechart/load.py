"""Loads charts from files, from the package itself and from text."""

from contextlib import suppress
from functools import cache
from pathlib import Path

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.chart import Chart

_PACKAGE = Path(__file__).resolve().parent.parent


def load_chart(path: str | Path) -> Chart:
    """Read a chart file.

    Args:
        path: A YAML file in the chart language (`docs/charts.md`).

    Raises:
        BadStatechart: It cannot be read, or has an error; the message names the file, the line and the error.
        InvalidArgument: It is no path.
    """
    path = arguments.path(path, "path")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadStatechart(f"the chart cannot be read: {error}", file=str(path)) from error
    return parse_chart(text, file=str(path))


def parse_chart(text: str, *, file: str = "<chart>") -> Chart:
    """Read a chart from text; `file` is its name in messages.

    Raises:
        BadStatechart: As `load_chart`.
    """
    from qcaas_sdk.statechart.parse import parse  # noqa: PLC0415  # YAML and schema libraries are slow to import

    return parse(text, file, shipped_file("schema.json"))


@cache
def shipped_chart(name: str) -> Chart:
    """A chart that comes with this package, for example `job`."""
    return load_chart(shipped_file(f"{name}.yaml"))


def shipped_file(name: str) -> Path:
    """The path of a file of `statecharts/`.

    In the wheel the folder is inside the package; in a checkout it is next to the package.

    Raises:
        BadStatechart: There is no such file.
    """
    folders = [_PACKAGE / "statecharts", _PACKAGE.parent / "statecharts"]
    for folder in folders:
        with suppress(OSError):  # the system takes no such name
            if (folder / name).is_file():
                return folder / name
    known = sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})
    raise BadStatechart(f"the package has no such file (its charts: {', '.join(known) or 'none'})", file=name)
