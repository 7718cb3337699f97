"""The command line, `qcaas`. Needs the extra `cli`."""

import gc
import sys

from qcaas_sdk.cli import streams
from qcaas_sdk.errors import MissingExtra

GARBAGE = 200_000
"""So many new objects are made before Python looks for garbage. The usual 700 cost a tenth of the time of a command:
importing packages makes many objects, and none of them is garbage."""


def main() -> None:
    """Run the command line."""
    streams.prepare()
    gc.set_threshold(GARBAGE)
    # httpx imports its own command line if click and rich are there. None says that they are not, which saves time.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # Python accepts None there
    try:
        from qcaas_sdk.cli import entry_point  # noqa: PLC0415  # click and rich are an extra
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write(f"{MissingExtra('the command line', 'cli')}\n")
        sys.exit(2)  # exit code 1 means that a job failed
    code = entry_point.call()
    gc.freeze()  # otherwise Python looks through all objects for garbage before it ends
    sys.exit(code)
