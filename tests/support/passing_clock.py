"""A clock for tests in which sleeping takes no time."""

import asyncio
from datetime import UTC, datetime, timedelta


class PassingClock:
    """Time that passes only by sleeping, and gives others their turn."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)
