"""The script `qcaas`. It is outside the package: importing that takes a moment, in which Ctrl-C has to work too."""

import gc
import os

try:
    import signal
except KeyboardInterrupt:  # this takes a moment too
    os._exit(130)

GARBAGE = 100_000
"""So many new objects are made before Python looks for garbage. The usual 700 cost a tenth of the time of a command:
importing packages makes many objects, and none of them is garbage."""


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is ignored, as under nohup
        signal.signal(signal.SIGINT, _end)
    gc.set_threshold(GARBAGE)
    from qcaas_sdk.cli import main as command_line  # noqa: PLC0415  # what takes a moment

    try:
        command_line()
    finally:
        gc.freeze()  # otherwise Python looks through all objects for garbage before it ends


def _end(*_: object) -> None:
    os._exit(130)  # nothing has begun
