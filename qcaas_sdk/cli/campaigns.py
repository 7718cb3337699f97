"""Campaigns: the journals of `qcaas run`, and how a user names them and their jobs."""

import os
import secrets
import shlex
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import field, frozen

from qcaas_sdk import JobState, JournalError, QcaasError
from qcaas_sdk._base.text import counted
from qcaas_sdk._journal import (
    EMBEDDED,
    JournalFile,
    JournalState,
    in_use,
    is_composite,
    jobs_numbered,
    number_of_task,
    numbers_of_name,
    read_journal,
)
from qcaas_sdk._record import JobRecord, states_in
from qcaas_sdk.cli.job_json import JobPlace, job_document

T = TypeVar("T")

SUFFIX = ".db"

MAX_DIGITS = 18
"""Maximum digits of a job's number."""


MAX_LISTED = 5
"""Names in the message about a name that several have."""


class UnknownCampaign(QcaasError):
    """No campaign or job has that name."""


class AmbiguousName(QcaasError):
    """Several campaigns or jobs have that name, or names that begin with it."""


@frozen
class Campaign:
    """A journal of jobs.

    Attributes:
        path: Its file.
        state: Its content.
        composite_names: The names of the composites that some of its jobs are in, by the number of the job.
    """

    path: Path
    state: JournalState
    composite_names: Mapping[int, str] = field(factory=dict)

    @property
    def name(self) -> str:
        """What a user types."""
        return name_of(self.path)

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
        return not_ended(len(self.unfinished), len(self.state.jobs))

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

    def document(self) -> list[dict[str, Any]]:
        """Its jobs as JSON, for scripts."""
        return [self.job_document(number) for number in self.state.jobs]

    def job_document(self, number: int) -> dict[str, Any]:
        """A job as JSON."""
        place = JobPlace(self.name, self.path, number, self.state.service)
        return job_document(self.state.jobs[number], place, self.label(number))


def not_ended(left: int, jobs: int) -> str:
    """How many of some jobs have not ended, as a sentence."""
    return f"{left:,} of {counted(jobs, 'job')} {'has' if left == 1 else 'have'} not ended"


def is_file(name: str) -> bool:
    """Whether a file with that name exists. False for a name that the system does not accept."""
    try:
        return Path(name).is_file()
    except OSError:  # the name is too long, or the folder may not be read
        return False


def folder() -> Path:
    """The folder of new campaigns: `QCAAS_CAMPAIGNS`, or `campaigns` in the user's state folder of the system."""
    if named := os.environ.get("QCAAS_CAMPAIGNS"):
        return Path(named)
    from platformdirs import user_state_path  # noqa: PLC0415  # only where campaigns are kept

    return user_state_path("qcaas") / "campaigns"


def folders() -> list[Path]:
    """All folders of campaigns: that of new ones, and that of earlier versions of this package."""
    if os.environ.get("QCAAS_CAMPAIGNS"):
        return [folder()]
    return [folder(), Path(click.get_app_dir("qcaas")) / "campaigns"]


def new_journal() -> Path:
    """The path of a new campaign's journal. The folder is created if it does not exist."""
    folder().mkdir(parents=True, exist_ok=True)
    return folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}{SUFFIX}"  # local time


def campaigns() -> Iterator[Path]:
    """The journals in the folders, newest first.

    Raises:
        UnknownCampaign: `QCAAS_CAMPAIGNS` is a file.
    """
    if os.environ.get("QCAAS_CAMPAIGNS") and folder().exists() and not folder().is_dir():
        raise UnknownCampaign(
            f"QCAAS_CAMPAIGNS is {folder()}, which is not a folder: set it to the folder of your campaigns"
        )
    found = {path.resolve(): path for place in folders() for path in place.glob(f"*{SUFFIX}")}
    return iter(sorted(found.values(), key=lambda path: path.name, reverse=True))


def name_of(path: Path) -> str:
    """What a user types: the name of the file, or its path if it is in another folder."""
    return path.stem if path.parent in folders() else str(path)


def path_of(name: str) -> Path:
    """The journal of the campaign with that name, path, or first characters of a name.

    Raises:
        UnknownCampaign: No campaign has that name; `AmbiguousName` if several names begin with it.
    """
    if is_file(name):
        return Path(name)
    found = [path for path in campaigns() if path.stem.startswith(name)]
    exact = [path for path in found if path.stem == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        raise AmbiguousName(f"several campaign names begin with {name!r}: {_listed([one.stem for one in found])}")
    raise UnknownCampaign(f"there is no campaign {name!r}; see `qcaas jobs`")


def opened(name: str) -> Campaign:
    """The campaign with that name, path, or first characters of a name.

    Raises:
        UnknownCampaign: As `path_of`.
        JournalError: It cannot be read.
    """
    path = path_of(name)
    return Campaign(path, read_journal(path))


def job_in(name: str) -> tuple[Campaign, int, JobRecord]:
    """The job called `CAMPAIGN/NUMBER` (counted from 0), or with a task ID, or with a name.

    Only this job is read: the campaign has no other.

    Raises:
        UnknownCampaign: There is no such job.
        AmbiguousName: Several campaigns have a job with that name.
        JournalError: The journal cannot be read.
    """
    campaign_name, slash, number = name.rpartition("/")
    if slash and number.isdecimal() and len(number) <= MAX_DIGITS:
        path = path_of(campaign_name)
        return _only(path, int(number) + 1, f"campaign {name_of(path)} has no job {int(number)}")
    found = [(path, one) for path in campaigns() for one in _called(path, name, _numbers) or ()]
    if len(found) > 1:
        names = [f"{name_of(path)}/{one - 1}" for path, one in found]
        raise AmbiguousName(f"several jobs have the name {name!r}: {_listed(names)}")
    if not found:
        if any(_called(path, name, is_composite) for path in campaigns()):
            raise UnknownCampaign(
                f"{name!r} is the name of a composite: `qcaas jobs --name {shlex.quote(name)}` lists its jobs"
            )
        raise UnknownCampaign(_no_job(name))
    return _only(*found[0], f"there is no job {name!r}")


def _no_job(name: str) -> str:
    try:
        campaign = name_of(path_of(name))
    except (UnknownCampaign, AmbiguousName):
        return f"there is no job {name!r}: pass CAMPAIGN/NUMBER, a task ID or a job's name; see `qcaas jobs`"
    return (
        f"{campaign} is a campaign: pass one of its jobs, for example {campaign}/0; `qcaas jobs "
        f"{shlex.quote(campaign)}` lists them"
    )


def with_task(task_id: str) -> Campaign | None:
    """The campaign that has a task, with the job of that task only; None if none has it."""
    for path in campaigns():
        with suppress(JournalError), JournalFile(path, read_only=True) as file:
            number = file.search(lambda db: number_of_task(db, task_id))
            if number is not None:
                return Campaign(path, jobs_numbered(file, [0, number]))
    return None


def _numbers(db: sqlite3.Connection, name: str) -> list[int]:
    """The numbers of the jobs with a task ID or a name."""
    number = number_of_task(db, name)
    return numbers_of_name(db, name) if number is None else [number]


def _called(path: Path, name: str, search: Callable[[sqlite3.Connection, str], T]) -> T | None:
    """What a search finds in a journal; None if that cannot be read: a damaged one must not hide the others."""
    try:
        with JournalFile(path, read_only=True) as file:
            return file.search(lambda db: search(db, name))
    except JournalError:
        return None


def _only(path: Path, number: int, problem: str) -> tuple[Campaign, int, JobRecord]:
    with JournalFile(path, read_only=True) as file:
        if file.search(lambda db: is_composite(db, number)):
            raise UnknownCampaign(f"{problem}, but a composite; see `qcaas jobs {name_of(path)}`")
        campaign = Campaign(path, jobs_numbered(file, [0, number]))
    if number not in campaign.state.jobs:
        raise UnknownCampaign(f"{problem}; see `qcaas jobs {campaign.name}`")
    return campaign, number, campaign.state.jobs[number]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return f"{', '.join(names[:MAX_LISTED])}{more}; type more of the name"
