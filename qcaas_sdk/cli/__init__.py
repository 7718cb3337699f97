"""The command line, `qcaas`. Needs the extra `cli`."""

import sys

from qcaas_sdk.cli import streams
from qcaas_sdk.errors import MissingExtra


def main() -> None:
    """Run the command line."""
    streams.prepare()
    # httpx imports its own command line if click and rich are there. None says that they are not, which saves time.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # Python accepts None there
    try:
        from qcaas_sdk.cli import entry_point  # noqa: PLC0415  # click and rich are an extra
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write(f"{MissingExtra('the command line', 'cli')}\n")
        sys.exit(2)  # exit code 1 means that a job failed
    sys.exit(entry_point.call())
