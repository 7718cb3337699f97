"""The command line, `qcaas`. Needs the extra `cli`."""

import sys

from qcaas_sdk.errors import MissingExtra


def main() -> None:
    """Run the command line."""
    try:
        from qcaas_sdk.cli.app import app  # noqa: PLC0415  # typer and rich are an extra
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit(str(MissingExtra("the command line", "cli")))
    app()
