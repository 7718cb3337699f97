"""One deadline for everything that a call does."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType

from qcaas_sdk._guards import arguments
from qcaas_sdk._handles.errors import JobTimeout
from qcaas_sdk._handles.outputs import JobLike

_earliest: ContextVar[float | None] = ContextVar("qcaas_sdk_deadline", default=None)


def deadline_here() -> float | None:
    """The earliest deadline around this code, on the running loop's clock."""
    return _earliest.get()


class deadline:  # noqa: N801  # read as a word: `async with deadline(job, 5)`
    """One deadline for the code inside; the caller's own timeouts pass through unchanged."""

    __slots__ = ("_begin", "_job", "_outer", "_recent_errors", "_scope", "_timeout_s")

    def __init__(self, job: JobLike, timeout_s: float | None, recent_errors: Callable[[float], str]) -> None:
        """Set the deadline.

        Args:
            job: The job or composite that the call is about.
            timeout_s: Seconds; None for no deadline.
            recent_errors: The service's errors since a moment, if it has answered with errors only, as part of a
                sentence.

        Raises:
            InvalidArgument: `timeout_s` is not a number of seconds.
        """
        if timeout_s is not None:
            timeout_s = arguments.seconds_or_none(timeout_s, "timeout_s")
        self._job = job
        self._recent_errors = recent_errors
        self._timeout_s = timeout_s
        self._scope = asyncio.timeout(timeout_s) if timeout_s is not None else None

    async def __aenter__(self) -> None:
        if self._scope is None:
            return
        await self._scope.__aenter__()
        self._begin = asyncio.get_running_loop().time()
        when, outer = self._scope.when(), _earliest.get()
        self._outer: Token[float | None] = _earliest.set(when if outer is None else min(when or outer, outer))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._scope is None:
            return
        _earliest.reset(self._outer)
        try:
            await self._scope.__aexit__(kind, error, traceback)
        except TimeoutError:
            answers = self._recent_errors(self._begin)
            raise JobTimeout(
                f"{self._job!r} did not end within {self._timeout_s:g} s{answers and f' ({answers})'}. Nothing was "
                "cancelled: `await job.wait()` waits again, `await job.cancel()` cancels the job",
                self._job,
            ) from None
