"""The jobs of the SDK in this process: it owns them, so the page can change them."""

from collections.abc import Callable

from qcaas_sdk.job import Job

FindJob = Callable[[int], Job | None]


class OwnJobs:
    """The handles on the jobs of an open SDK."""

    held = ""

    def __init__(self, find: FindJob) -> None:
        """For the jobs that `find` finds by their numbers."""
        self._find = find

    def known(self, number: int) -> Job | None:
        """The handle on a job; None if there is no such job."""
        return self._find(number)

    async def find(self, number: int) -> Job | None:
        """The same."""
        return self._find(number)
