"""What a shell may complete: the names of campaigns and of their jobs. It never fails, and prints nothing."""

from contextlib import suppress
from itertools import islice

from qcaas_sdk import JobState, QcaasError
from qcaas_sdk._journal import JournalFile, tasks_from
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.overview import overview

MAX_NAMES = 200
"""Names that are offered at most, the newest campaigns first."""


def campaign_names(incomplete: str) -> list[str]:
    """The names of campaigns that begin so."""
    found: list[str] = []
    with suppress(QcaasError, OSError):
        names = (campaigns.name_of(path) for path in campaigns.campaigns())
        found = list(islice((name for name in names if name.startswith(incomplete)), MAX_NAMES))
    return found


def states(incomplete: str) -> list[str]:
    """The states that begin so."""
    return [state.lower() for state in JobState if state.lower().startswith(incomplete.lower())]


def task_ids(incomplete: str) -> list[str]:
    """The ids of tasks that begin so, the newest campaigns first."""
    found: list[str] = []
    with suppress(QcaasError, OSError):
        for path in campaigns.campaigns():
            with suppress(QcaasError, OSError), JournalFile(path, read_only=True) as file:
                if file.is_searchable:
                    found += file.search(lambda db: tasks_from(db, incomplete, MAX_NAMES))
            if len(found) >= MAX_NAMES:
                break
    return found[:MAX_NAMES]


def job_names(incomplete: str) -> list[str]:
    """As `_job_names`; and the ids of tasks, if no campaign begins so."""
    return _job_names(incomplete) or (task_ids(incomplete) if incomplete else [])


def _job_names(incomplete: str) -> list[str]:
    """The jobs `CAMPAIGN/NUMBER` that begin so; the campaigns, as long as several fit."""
    name, slash, number = incomplete.rpartition("/")
    if not slash:
        name, number = incomplete, ""
    found = campaign_names(name)
    if slash:
        found = [one for one in found if one == name]
    if len(found) != 1:
        return found
    with suppress(QcaasError, OSError):
        jobs = overview(campaigns.path_of(found[0])).jobs
        numbers = (str(one) for one in range(jobs))
        return [f"{found[0]}/{one}" for one in islice((one for one in numbers if one.startswith(number)), MAX_NAMES)]
    return found


def campaigns_and_jobs(incomplete: str) -> list[str]:
    """The campaigns that begin so, and the jobs of the only one."""
    return list(dict.fromkeys([*campaign_names(incomplete), *job_names(incomplete)]))
