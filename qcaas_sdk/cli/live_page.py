"""The live page of a campaign, for `qcaas watch --web`."""

import asyncio
import shlex
from contextlib import suppress
from pathlib import Path

import click

from qcaas_sdk import Job, JournalInUse, OqcSdk
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, fail, finish
from qcaas_sdk.cli.lookup import connect
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.web import Dashboard
from qcaas_sdk.web.source import FIRST, Journaled


class JournalHandles:
    """The handles on the jobs of a journal. The first change opens an SDK on it, if no other process has it open."""

    def __init__(self, campaign: Campaign, connection: Connection) -> None:
        """Nothing is opened yet.

        Args:
            campaign: The campaign.
            connection: Its service.
        """
        self._campaign = campaign
        self._connection = connection
        self._sdk: OqcSdk | None = None
        self._opening = asyncio.Lock()

    @property
    def held(self) -> str:
        """Why jobs cannot be changed now: another process has the journal open."""
        return "" if self._sdk is not None or not self._campaign.in_use else _held(self._campaign)

    def known(self, number: int) -> Job | None:
        """The handle on a job, once an SDK is open."""
        return None if self._sdk is None else factory_of(self._sdk).recovery.job(number + FIRST)

    async def find(self, number: int) -> Job | None:
        """The handle on a job.

        Raises:
            JournalInUse: Another process has the journal open.
            QcaasError: The service cannot be used.
        """
        async with self._opening:
            if self._sdk is None:
                try:
                    self._sdk = await self._connection.sdk(self._campaign.path).open()
                except JournalInUse as error:
                    raise JournalInUse(_held(self._campaign), file=str(self._campaign.path)) from error
        return self.known(number)

    async def close(self) -> None:
        """Close the SDK, if one was opened."""
        if self._sdk is not None:
            await self._sdk.close()


def _held(campaign: Campaign) -> str:
    return (
        f"another process works on {campaign.name}, and only that process can change its jobs. End it first, or call "
        "sdk.dashboard(control=True) in it"
    )


def show_page(
    campaign: Campaign,
    *,
    control: bool,
    host: str,
    port: int,
    url: str | None,
    token_file: Path | None,
    timeout_s: float | None,
) -> None:
    """Serve the live page of a campaign until Ctrl-C or the time limit. The command ends if that is impossible.

    Args:
        campaign: The campaign.
        control: Whether the page may change jobs.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        url: The URL of the service; by default that of the campaign.
        token_file: A file with the authentication token.
        timeout_s: Time limit in seconds; None for no limit.
    """
    handles = None
    if control:
        if campaign.embedded:
            fail(
                USAGE,
                f"{campaign.name} runs on the embedded QPU of another process, and only that process can change its "
                "jobs: call sdk.dashboard(control=True) in it, or leave out --control",
            )
        handles = JournalHandles(campaign, connect(url or campaign.state.service, token_file))
    finish(_serve(campaign, handles, host=host, port=port, timeout_s=timeout_s))


async def _serve(
    campaign: Campaign, handles: JournalHandles | None, *, host: str, port: int, timeout_s: float | None
) -> None:
    dashboard = Dashboard(Journaled(campaign.path, campaign.name), host=host, port=port, handles=handles)
    try:
        click.echo(dashboard.url)
        if handles is not None:
            click.echo("the link works once, in one browser, which may then change jobs", err=True)
        if not dashboard.is_local:
            click.echo(f"warning: {host} is not a loopback address: other machines can read this page", err=True)
        click.echo(f"the page shows {shlex.quote(campaign.name)}; press Ctrl-C to stop", err=True)
        with suppress(asyncio.CancelledError, TimeoutError):  # Ctrl-C is the usual end
            async with asyncio.timeout(timeout_s):
                await dashboard.wait()
    finally:
        dashboard.close()
        if handles is not None:
            await handles.close()
