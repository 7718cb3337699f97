"""The script `qcaas`. It is outside the package: importing that takes a moment, in which Ctrl-C has to work too."""

import os

try:
    import signal
except KeyboardInterrupt:  # this takes a moment too
    os._exit(130)


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is ignored, as under nohup
        signal.signal(signal.SIGINT, _end)
    from qcaas_sdk.cli import main as command_line  # noqa: PLC0415  # what takes a moment

    command_line()


def _end(*_: object) -> None:
    os._exit(130)  # nothing has begun
