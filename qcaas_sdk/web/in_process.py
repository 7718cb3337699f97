"""The page of the SDK in this process: it owns the jobs, so the page can change them."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from qcaas_sdk._base.clock import Clock
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import WrongEventLoop
from qcaas_sdk.job import Job
from qcaas_sdk.web.dashboard import Dashboard
from qcaas_sdk.web.estimates import AskService
from qcaas_sdk.web.source import FIRST, Journaled, Observe, Observed, Source

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


def numbered_from_0(find: FindJob) -> FindJob:
    """Finds jobs by the number that a user sees, with what finds them by their number in the journal."""
    return lambda number: find(number + FIRST)


def serve(
    journal: Path | None,
    find: FindJob,
    in_use: Iterable[Job | CompositeJob],
    observe: Observe,
    service: str,
    *,
    control: bool,
    host: str,
    port: int,
    requests: Callable[[], int],
    ask: AskService,
    clock: Clock,
    on_close: Callable[[Callable[[], None]], Callable[[], None]],
) -> Dashboard:
    """Serve the page of an open SDK.

    Args:
        journal: Its journal.
        find: Finds the handles on the jobs of the journal.
        in_use: The jobs and composites that something refers to, in order of creation.
        observe: Has a function called with each that is made from now on; returns what undoes that.
        service: The service that the jobs run on.
        control: Whether the page may change jobs.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        requests: How many requests were sent.
        ask: Asks the service for its estimate of a QPU's queue.
        clock: The source of time.
        on_close: Has a function called when the SDK is closed; returns what undoes that.

    Raises:
        MissingExtra: The extra `web` is not installed.
        WrongEventLoop: No event loop runs here.
        QcaasError: It cannot listen on that address.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise WrongEventLoop(
            "dashboard() serves the page in the event loop of the SDK: call it inside a coroutine, or in a notebook"
        ) from None
    source: Source
    if journal is None:
        source = observed = Observed("jobs of this process", service, in_use, observe)
        find = observed.job
    else:
        source, find = Journaled(journal, journal.stem), numbered_from_0(find)
    handles = OwnJobs(find) if control else None
    return Dashboard(
        source, host=host, port=port, handles=handles, requests=requests, ask=ask, clock=clock, on_close=on_close
    )
