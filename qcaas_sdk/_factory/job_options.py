"""The arguments of `create_job` that are the same for every job."""

from collections.abc import Sequence
from typing import TypedDict

from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._programs.config import Mitigation, Optimize
from qcaas_sdk._record import Budget


class JobOptions(TypedDict, total=False):
    """The other arguments of `create_job`; they apply to all jobs of a composite."""

    optimize: Optimize | None
    error_mitigation: Mitigation | None
    check: bool
    fetch_diagnostics: bool
    tag: str | None
    name: str | None
    user_metadata: UserMetadata | Sequence[UserMetadata | None] | None
    hybrid_marker: str | None


class CompositeOptions(JobOptions, total=False):
    """Those of a call that makes a composite."""

    max_in_flight: int | None
    budget: Budget | None
