"""Campaigns: the journals of `qcaas run`, and how a user names them and their jobs."""

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
from qcaas_sdk._base.text import counted
from qcaas_sdk._journal import EMBEDDED, JournalState, in_use, read_journal
from qcaas_sdk._record import JobRecord, states_in
from qcaas_sdk._snapshot import job_to_dict

SUFFIX = ".db"

MAX_DIGITS = 18
"""Maximum digits of a job's number."""


class UnknownCampaign(QcaasError):
    """No campaign or job has that name."""


@frozen
class Campaign:
    """A journal of jobs.

    Attributes:
        path: Its file.
        state: Its content.
    """

    path: Path
    state: JournalState

    @property
    def name(self) -> str:
        """What a user types: the name of the file, or its path if it is in another folder."""
        return self.path.stem if self.path.parent == folder() else str(self.path)

    @property
    def counts(self) -> Counter[JobState]:
        """How many jobs are in each state."""
        return Counter(job.state for job in self.state.jobs.values())

    @property
    def has_ended(self) -> bool:
        """Whether all jobs have ended."""
        return all(self.state.ended(number) for number in self.state.top_level)

    @property
    def unfinished(self) -> list[int]:
        """The numbers of the jobs that have not ended."""
        return [number for number, job in self.state.jobs.items() if job.state not in states_in("ended")]

    @property
    def embedded(self) -> bool:
        """Whether its jobs run on the embedded QPU. Its tasks end when the process that runs it ends."""
        return self.state.service == EMBEDDED

    @property
    def in_use(self) -> bool:
        """Whether a process works on it now."""
        return in_use(self.path)

    @property
    def unfinished_text(self) -> str:
        """How many of its jobs have not ended, as a sentence."""
        left, jobs = len(self.unfinished), counted(len(self.state.jobs), "job")
        return f"{left:,} of {jobs} {'has' if left == 1 else 'have'} not ended"

    @property
    def next_step(self) -> str:
        """What a user can do about the jobs that have not ended, if no process works on them."""
        if not self.embedded:
            return f"to continue: qcaas resume {shlex.quote(self.name)}"
        files = dict.fromkeys(self.label(number) for number in self.unfinished)
        again = " ".join(["qcaas run", *(shlex.quote(file) for file in files if file not in {"", "-"})])
        return f"its tasks ended when the process of the embedded QPU ended; to run them again: {again}"

    def label(self, number: int) -> str:
        """The name of the job's program."""
        return self.state.labels.get(number, "")

    def document(self) -> dict[str, Any]:
        """Everything as JSON, for scripts."""
        return {
            "campaign": self.name,
            "journal": str(self.path),
            "service": self.state.service,
            "jobs": [self.job_document(number) for number in self.state.jobs],
        }

    def job_document(self, number: int) -> dict[str, Any]:
        """A job as JSON: its snapshot, its name and its label."""
        snapshot = job_to_dict(self.state.jobs[number])
        return {"job": f"{self.name}/{number}", "label": self.label(number), **snapshot}


def is_file(name: str) -> bool:
    """Whether a file with that name exists. False for a name that the system does not accept."""
    try:
        return Path(name).is_file()
    except OSError:  # the name is too long, or the folder may not be read
        return False


def folder() -> Path:
    """The folder of campaigns: `QCAAS_CAMPAIGNS`, or `campaigns` in the application data folder of the system."""
    return Path(os.environ.get("QCAAS_CAMPAIGNS") or Path(typer.get_app_dir("qcaas")) / "campaigns")


def new_journal() -> Path:
    """The path of a new campaign's journal. The folder is created if it does not exist."""
    folder().mkdir(parents=True, exist_ok=True)
    return folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}{SUFFIX}"  # local time


def campaigns() -> Iterator[Path]:
    """The journals in the folder, newest first."""
    return iter(sorted(folder().glob(f"*{SUFFIX}"), reverse=True))


def opened(name: str) -> Campaign:
    """The campaign with that name, path, or first characters of a name.

    Raises:
        UnknownCampaign: No campaign has that name, or several names begin with it.
        JournalError: It cannot be read.
    """
    if is_file(name):
        path = Path(name)
    else:
        found = [path for path in campaigns() if path.stem.startswith(name)]
        if len(found) != 1:
            problem = f"several campaign names begin with {name!r}" if found else f"there is no campaign {name!r}"
            raise UnknownCampaign(f"{problem}; see `qcaas jobs`")
        (path,) = found
    return Campaign(path, read_journal(path))


def job_in(name: str) -> tuple[Campaign, int, JobRecord]:
    """The job with the name `CAMPAIGN/NUMBER`, or with a task ID.

    Raises:
        UnknownCampaign: There is no such job.
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
    raise UnknownCampaign(f"there is no job {name!r}: pass CAMPAIGN/NUMBER or a task ID; see `qcaas jobs`")
