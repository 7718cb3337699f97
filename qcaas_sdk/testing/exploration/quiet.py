"""What asyncio asks of an event loop, and what is nothing to do where no socket, no thread and no debug mode is."""

import asyncio
from typing import Any


class QuietLoop(asyncio.AbstractEventLoop):
    """An event loop without debug mode, executors and handlers of errors."""

    def get_debug(self) -> bool:
        """Never in debug mode: it would be slow."""
        return False

    def set_debug(self, enabled: bool) -> None:
        """Ignored."""

    def get_task_factory(self) -> None:
        """There is none."""

    async def shutdown_asyncgens(self) -> None:
        """Nothing to do."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Nothing to do: there is none."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An error that no task gets; those of tasks that nobody awaits are known by their tasks."""

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """As `call_exception_handler`."""
