"""`python -m qcaas_sdk.local --port 0`: serve an embedded QPU and print its URL. `qcaas serve` offers more."""

import argparse
import sys

from qcaas_sdk.local import ApiVersion, LocalSettings, serve


def main() -> None:
    """Serve with default settings until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m qcaas_sdk.local", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument("--api", choices=[*ApiVersion], default=ApiVersion.V3, help="the version of its API")
    arguments = parser.parse_args()
    serve(LocalSettings(api=arguments.api), host=arguments.host, port=arguments.port, on_ready=_say)


def _say(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
