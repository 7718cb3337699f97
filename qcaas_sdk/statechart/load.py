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
        path: A YAML file in the chart language (`docs/charts.md`). A chart that it names (`extends`, `children`) is
            the file of that name beside it, or else the chart of the package.

    Raises:
        BadStatechart: It cannot be read, or has errors; the message names the file, the line, the column and the
            first error, the attribute `problems` has them all.
        InvalidArgument: It is not a path.
    """
    return _loaded(arguments.path(path, "path"), ())


def parse_chart(text: str, *, file: str = "<chart>") -> Chart:
    """Read a chart from text; `file` is its name in messages.

    Raises:
        BadStatechart: As `load_chart`.
    """
    return _parsed(text, file, ())


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
    from qcaas_sdk.statechart.problems import did_you_mean  # noqa: PLC0415  # only for this message

    known = sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})
    meant = did_you_mean(name.removesuffix(".yaml"), known)
    raise BadStatechart(f"the package has no such file{meant} (its charts: {', '.join(known) or 'none'})", file=name)


def _loaded(path: Path, above: tuple[str, ...]) -> Chart:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadStatechart(f"the chart cannot be read: {error}", file=str(path)) from error
    return _parsed(text, str(path), above)


def _parsed(text: str, file: str, above: tuple[str, ...]) -> Chart:
    """Read a chart; `above` are the names on the way to it, because a chart cannot extend itself."""
    from qcaas_sdk.statechart.parse import parse  # noqa: PLC0415  # YAML and schema libraries are slow to import

    def named(name: str) -> Chart:
        if name in above:
            raise BadStatechart(f"it is built on itself ({' on '.join((*above, name))})", file=file)
        beside = Path(file).with_name(f"{name}.yaml")
        if _is_file(beside) and beside.resolve() != _shipped(beside.name):
            return _loaded(beside, (*above, name))
        return shipped_chart(name)

    return parse(text, file, shipped_file("schema.json"), named)


def _is_file(path: Path) -> bool:
    with suppress(OSError, ValueError):  # the name of a chart that was passed as text may be anything
        return path.is_file()
    return False


def _shipped(name: str) -> Path | None:
    with suppress(BadStatechart):
        return shipped_file(name).resolve()
    return None
