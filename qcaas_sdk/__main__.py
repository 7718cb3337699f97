"""`python -m qcaas_sdk` is `qcaas`."""

from qcaas_sdk.cli import main

main()
