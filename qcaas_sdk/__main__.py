"""`python -m qcaas_sdk` is `qcaas`."""

from _qcaas import main

main()
