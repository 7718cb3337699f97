"""What can be found out about a job before it is submitted, without asking the service."""

from qcaas_sdk.checks.limits import check_shots, check_size
from qcaas_sdk.checks.syntax import PARSED_AT_MOST, check_syntax

__all__ = ["PARSED_AT_MOST", "check_shots", "check_size", "check_syntax"]
