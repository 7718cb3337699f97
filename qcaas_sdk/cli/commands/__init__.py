"""The commands of `qcaas`, one file per command."""
