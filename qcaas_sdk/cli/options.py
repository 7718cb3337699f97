"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from qcaas_sdk.cli.command_parameters import Option

Url = Annotated[
    str | None,
    Option(envvar="OQC_URL", help="URL of the service. Without a URL, the embedded QPU is used.", metavar="URL"),
]
TokenFile = Annotated[
    Path | None,
    Option(help="File with the authentication token. You can also set OQC_AUTHENTICATION_TOKEN.", metavar="FILE"),
]
Timeout = Annotated[
    float | None, Option(min=0, help="Time limit for the whole command, in seconds.", metavar="SECONDS")
]
AsJson = Annotated[bool, Option("--json", help="Print one JSON document to stdout and nothing else.")]
Dask = Annotated[
    str | None,
    Option(
        help="Simulate on the Dask cluster with this scheduler, instead of this machine (extra dask).",
        metavar="tcp://HOST:PORT",
    ),
]
Noise = Annotated[
    str | None,
    Option(
        help="Noise of the embedded QPU: a calibration file (JSON or YAML), or the preset toshiko.",
        metavar="FILE|PRESET",
    ),
]
