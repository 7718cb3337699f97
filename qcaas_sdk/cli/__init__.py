"""The command line, `qcaas`. Needs the extra `cli`."""

import sys

from qcaas_sdk.cli import streams
from qcaas_sdk.errors import MissingExtra


def main() -> None:
    """Run the command line."""
    streams.prepare()
    try:
        from qcaas_sdk.cli import outermost  # noqa: PLC0415  # typer and rich are an extra
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.stderr.write(f"{MissingExtra('the command line', 'cli')}\n")
        sys.exit(2)  # 1 would say that a job failed
    sys.exit(outermost.call())
