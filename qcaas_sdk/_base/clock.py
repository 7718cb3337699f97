"""Time, given in: nothing in this package reads the wall clock by itself.

A virtual clock (`qcaas_sdk.testing`) satisfies the same protocol, so that an hour of queueing passes in a
test without anybody waiting for it.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the package needs to know about time."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. Same scale as the running loop's `time()`."""
        ...

    def wall(self) -> datetime:
        """The time of day, in UTC, for records that people read."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Give way to others for that many seconds."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """`asyncio.sleep`."""
        await asyncio.sleep(seconds)
