"""Campaigns: the journals that `qcaas run` keeps, and how a person names what is in them."""

import os
import secrets
import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from attrs import frozen

from qcaas_sdk import JobState, QcaasError
from qcaas_sdk._journal import EMBEDDED, JournalState, in_use, read_journal
from qcaas_sdk._record import ENDED, JobRecord
from qcaas_sdk._snapshot import job_to_dict

SUFFIX = ".db"

MAX_DIGITS = 18
"""Digits of a job's number."""


class UnknownCampaign(QcaasError):
    """No campaign, or no job, goes by that name."""


@frozen
class Campaign:
    """A journal of jobs.

    Attributes:
        path: Its file.
        state: What is in it.
    """

    path: Path
    state: JournalState

    @property
    def name(self) -> str:
        """What a person types: the name of the file, or its path where that is somewhere else."""
        return self.path.stem if self.path.parent == folder() else str(self.path)

    @property
    def counts(self) -> Counter[JobState]:
        """How many jobs are in each state."""
        return Counter(job.state for job in self.state.jobs.values())

    @property
    def has_ended(self) -> bool:
        """Whether nothing is left to do."""
        return all(self.state.ended(number) for number in self.state.top_level)

    @property
    def unfinished(self) -> list[int]:
        """The numbers of the jobs that have not ended."""
        return [number for number, job in self.state.jobs.items() if job.state not in ENDED]

    @property
    def embedded(self) -> bool:
        """Whether it is one of the embedded QPU, whose tasks end with the process that ran it."""
        return self.state.service == EMBEDDED

    @property
    def in_use(self) -> bool:
        """Whether a process works on it at this moment."""
        return in_use(self.path)

    @property
    def way_on(self) -> str:
        """What a person can do about the jobs that have not ended, when no process works on them."""
        if not self.embedded:
            return f"go on with: qcaas resume {shlex.quote(self.name)}"
        files = dict.fromkeys(self.label(number) for number in self.unfinished)
        again = " ".join(["qcaas run", *(shlex.quote(file) for file in files if file not in {"", "-"})])
        return f"their tasks ended with the process that ran the embedded QPU; run them again: {again}"

    def label(self, number: int) -> str:
        """What the job's program was called."""
        return self.state.labels.get(number, "")

    def document(self) -> dict[str, Any]:
        """All of it as JSON, for scripts."""
        return {
            "campaign": self.name,
            "journal": str(self.path),
            "service": self.state.service,
            "jobs": [self.job_document(number) for number in self.state.jobs],
        }

    def job_document(self, number: int) -> dict[str, Any]:
        """A job as JSON: its snapshot, and how to name it."""
        snapshot = job_to_dict(self.state.jobs[number])
        return {"job": f"{self.name}/{number}", "label": self.label(number), **snapshot}


def is_file(name: str) -> bool:
    """Whether there is a file of that name; none has a name that the system does not take."""
    try:
        return Path(name).is_file()
    except OSError:  # too long a name, a folder that may not be entered
        return False


def folder() -> Path:
    """Where campaigns are kept: `QCAAS_CAMPAIGNS`, or the system's place for data of programs."""
    return Path(os.environ.get("QCAAS_CAMPAIGNS") or Path(typer.get_app_dir("qcaas")) / "campaigns")


def new_journal() -> Path:
    """A journal's path for a new campaign; its folder is there."""
    folder().mkdir(parents=True, exist_ok=True)
    return folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}{SUFFIX}"  # a person's own time of day


def campaigns() -> Iterator[Path]:
    """The journals in the folder, the newest first."""
    return iter(sorted(folder().glob(f"*{SUFFIX}"), reverse=True))


def opened(name: str) -> Campaign:
    """The campaign of that name, path, or beginning of a name.

    Raises:
        UnknownCampaign: There is none, or several begin so.
        JournalError: It cannot be read.
    """
    if is_file(name):
        path = Path(name)
    else:
        found = [path for path in campaigns() if path.stem.startswith(name)]
        if len(found) != 1:
            problem = f"several campaigns begin with {name!r}" if found else f"there is no campaign {name!r}"
            raise UnknownCampaign(f"{problem}; see `qcaas jobs`")
        (path,) = found
    return Campaign(path, read_journal(path))


def job_in(name: str) -> tuple[Campaign, int, JobRecord]:
    """The job that a person means by `CAMPAIGN/NUMBER`, or by its task id.

    Raises:
        UnknownCampaign: There is none.
        JournalError: The journal cannot be read.
    """
    campaign_name, slash, number = name.rpartition("/")
    if slash and number.isdecimal() and len(number) <= MAX_DIGITS:
        campaign = opened(campaign_name)
        if int(number) in campaign.state.jobs:
            return campaign, int(number), campaign.state.jobs[int(number)]
        raise UnknownCampaign(f"campaign {campaign.name} has no job {number}; see `qcaas jobs {campaign.name}`")
    for path in campaigns():
        campaign = Campaign(path, read_journal(path))
        for place, job in campaign.state.jobs.items():
            task_ids = {job.run.task_id, *(output.task_id for output in job.history)}
            if name in task_ids:
                return campaign, place, job
    raise UnknownCampaign(f"no job {name!r} is known: pass CAMPAIGN/NUMBER or a task id; see `qcaas jobs`")
