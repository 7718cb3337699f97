"""Pages that are served, and clients that read them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import define

from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.source import Journaled


@define
class Event:
    """An event of the stream."""

    name: str
    id: str
    data: Any


async def events(response: httpx.Response) -> AsyncIterator[Event]:
    """The events of a stream, as a browser reads them."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields.get("event", "message"), fields["id"], json.loads(fields["data"]))
            fields = {}


@asynccontextmanager
async def served(dashboard: Dashboard) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a page, which is closed in the end."""
    base, _, _ = dashboard.url.partition("?")
    try:
        async with httpx.AsyncClient(base_url=base, headers={"Origin": base.rstrip("/")}, timeout=20) as client:
            yield client
    finally:
        dashboard.close()


def watching(path: Path) -> Dashboard:
    """The page of a journal, read-only."""
    return Dashboard(Journaled(path, "mine"))
