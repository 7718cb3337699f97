"""The connection of an SDK: opening, closing, signing in, and questions about QPUs."""

import asyncio
import random
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

from qcaas_sdk import _oidc, _service
from qcaas_sdk._base.api_version import Api
from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._handles.not_copyable import NotCopyable
from qcaas_sdk._http import Credential, HttpClient, HttpTransport, RetryPolicy, Silence, for_gateway
from qcaas_sdk.errors import InactiveQpu, SdkNotOpen, UnknownQpu

OPEN_TIMEOUT_S = 12.0
"""One deadline for all requests of `open`, so that a server that is down or slow is reported within 15 s."""

_MIN_TIMEOUT_S = 0.05
"""The time that each request of `open` gets at least, even if earlier ones have used up the deadline."""


class Connection(NotCopyable):
    """The part of `OqcSdk` that needs no job. What has jobs opens and closes with it."""

    _instead = "open another SDK where you need it"

    def __init__(
        self,
        url: str,
        credential: Credential,
        default_qpu_id: str | None,
        *,
        api: Api,
        allowed_hosts: Collection[str],
        http_transport: HttpTransport | None,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        """As the constructor of `OqcSdk`, with checked arguments.

        Raises:
            InvalidArgument: The URL is not valid, or the credential is one that v4 does not accept.
        """
        self._clock = clock
        self._guard = LoopGuard()
        self._opening: asyncio.Lock | None = None
        self._credential = credential
        self._transport = HttpClient(
            url,
            for_gateway(credential) if api == "v4" else credential,
            allowed_hosts=allowed_hosts,
            http_transport=http_transport,
            clock=clock,
            random=rng,
        )
        self._api = api
        self._sign_ins = _oidc.SignIns(self._transport, lambda: self._guard.entered)
        self._registry = _service.QpuRegistry(self._transport, api)
        self._monitoring = _service.Monitoring(self._registry)
        self._default_qpu_id = default_qpu_id
        self._open = False

    async def _open_jobs(self) -> None:
        """Open what has jobs, before the first request."""
        raise NotImplementedError

    async def _close_jobs(self, *, orphaned: bool) -> None:
        """Close it; if `orphaned`, its event loop has ended, and nothing can be awaited in it."""
        raise NotImplementedError

    async def open(self, *, timeout_s: float | None = None) -> Self:
        """Connect: check the service and the credential, and read the list of QPUs.

        Args:
            timeout_s: Seconds to wait for the service; at most 12, which is the default.

        Raises:
            AuthenticationError: The credential was refused.
            BadAnswer: The URL is not that of a QCaaS service.
            InactiveQpu: No QPU is active for this account.
            TransportError: The service cannot be reached; reported in under 15 seconds.
            JournalError: The journal cannot be used; as `JournalInUse` or `BadJournal` where that is why.
            WrongEventLoop: It is open in another event loop.
            InvalidArgument: `timeout_s` is not a number of seconds, or the service has API v4, which does not accept
                an email and a password.
        """
        limit_s = arguments.seconds_or_none(timeout_s, "timeout_s")
        self._guard.check()
        self._guard.enter()
        if self._opening is None:
            self._opening = asyncio.Lock()
        deadline = self._clock.monotonic() + (OPEN_TIMEOUT_S if limit_s is None else min(limit_s, OPEN_TIMEOUT_S))
        async with self._opening:
            if not self._open:
                await self._connect(deadline)
        return self

    async def _connect(self, deadline: float) -> None:
        def limits() -> RetryPolicy:
            return RetryPolicy(total_s=max(deadline - self._clock.monotonic(), _MIN_TIMEOUT_S))

        self._guard.enter()
        try:
            await self._open_jobs()
            await self._transport.open()
            await self._registry.check_server(limits)
            if self._registry.dialect.name == "v4":
                self._transport.authenticate_with(for_gateway(self._credential))
            else:
                self._transport.authenticate_with(self._credential)
            if not await self._registry.refresh(limits()):
                raise InactiveQpu(f"this account has no active QPU at {self._transport.base_url}; try again later")
        except BaseException:
            await self.close()
            raise
        self._open = True

    async def close(self) -> None:
        """Disconnect. Submitted jobs go on at the server; coroutines that wait for a job get `SdkNotOpen`.

        Raises:
            JournalError: The last entries could not be written to the journal; everything is closed anyway.
            WrongEventLoop: The SDK is open in another event loop, which still runs.
        """
        orphaned = self._guard.loop_has_ended  # every coroutine that waited in it has ended too
        if not orphaned:
            self._guard.check()
        self._open = False
        self._guard.leave()
        try:
            await self._close_jobs(orphaned=orphaned)
        finally:
            self._opening = None
            if orphaned or not self._sign_ins.active:  # a sign-in that goes on closes it at its end
                with suppress(*([RuntimeError] if orphaned else [])):  # closing would schedule calls in that loop
                    await self._transport.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def sign_in(self, prompt: "_oidc.Prompt | None" = None) -> "_oidc.Identity":
        """Sign in, unless there are tokens that are valid or can be renewed. The SDK need not be open.

        Only this call and `qcaas login` ask you for anything: a request that needs you raises `SignInRequired`.

        Args:
            prompt: Shows the address and the code of a device flow; by default on the terminal, or in the notebook.
                It may be a coroutine function.

        Returns:
            Who is signed in.

        Raises:
            SignInFailed: The provider refuses, you deny, or the code expires.
            InvalidArgument: The credential is a token or a password, which need no sign-in, or `prompt` is not a
                function.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be reached.
        """
        self._guard.check()
        async with self._sign_ins.session(self._credential) as (credential, post):
            return await credential.sign_in(post, prompt)

    async def sign_out(self) -> bool:
        """Forget the tokens, on this machine too, and revoke them at the provider. The SDK need not be open.

        Returns:
            Whether there were any.

        Raises:
            SignInFailed: The provider refuses to revoke them; they are forgotten anyway.
            InvalidArgument: The credential is a token or a password.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be reached; they are forgotten anyway.
        """
        self._guard.check()
        async with self._sign_ins.session(self._credential) as (credential, post):
            return await credential.sign_out(post)

    @property
    def default_qpu_id(self) -> str | None:
        """The QPU for jobs without a `qpu_id`."""
        return self._default_qpu_id

    def set_default_qpu(self, qpu_id: str) -> None:
        """Set the QPU for jobs without a `qpu_id`.

        Raises:
            UnknownQpu: The SDK is open and there is no such QPU.
            InvalidArgument: `qpu_id` is not text.
        """
        qpu_id = arguments.text(qpu_id, "qpu_id")
        if self._open:
            self._registry.check(qpu_id)
        self._default_qpu_id = qpu_id

    # QPUs.

    async def list_qpus(self) -> list[dict[str, Any]]:
        """The active QPUs, as the service describes them (`id`, `name`, `url`, `feature_set`, …)."""
        self._require_open("list_qpus")
        return await self._registry.refresh()

    async def get_features(self, qpu_id: str | None = None) -> dict[str, Any]:
        """What a QPU can do, as the service describes it.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_features")
        return await self._registry.features(self._qpu(qpu_id))

    async def get_system_status(self, qpu_id: str | None = None) -> list[dict[str, Any]]:
        """The status of one QPU's system, or of all QPUs if you name none, as the service describes it.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_system_status")
        return await self._monitoring.statuses(None if qpu_id is None else self._qpu(qpu_id))

    async def get_calibration(
        self, qpu_id: str | None = None, date_filter: date | datetime | str | None = None
    ) -> dict[str, Any]:
        """A QPU's calibration.

        Args:
            qpu_id: By default `default_qpu_id`.
            date_filter: A day, as a date or as text YYYY-MM-DD; None for the latest.

        Raises:
            InvalidArgument: `date_filter` is not a date.
            NotInThisApi: The service has API v4, and no calibrations by date.
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_calibration")
        return await self._monitoring.calibration(self._qpu(qpu_id), date_filter)

    async def get_next_window(self, qpu_id: str | None = None) -> datetime | None:
        """When a QPU's next access window begins, in UTC; None if none is planned.

        Raises:
            NotInThisApi: The service has API v4, which has no windows.
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_next_window")
        return await self._monitoring.next_window(self._qpu(qpu_id))

    async def wait_time(self, qpu_id: str | None = None) -> WaitEstimate:
        """When the service expects a task to start that you submit now to a QPU. It is not a promise.

        Raises:
            NotInThisApi: The service has API v4, which has no estimates.
            UnknownQpu: There is no such QPU.
        """
        self._require_open("wait_time")
        return await self._monitoring.wait_time(self._qpu(qpu_id))

    def record_requests(self, most: int = 10_000) -> None:
        """Record from now on which requests are sent, for `job.sequence_diagram()`.

        Method, path, status and times are kept in memory: no body, no header, no query. Before you call this, nothing
        is recorded.

        Args:
            most: How many requests are kept, the latest ones.

        Raises:
            InvalidArgument: `most` is not a number of at least 1.
        """
        self._transport.log.start(arguments.whole(most, "most", least=1))

    async def _estimate(self, qpu_id: str, task_id: str | None) -> WaitEstimate:
        """That of a task, or of one that is submitted now."""
        if task_id is None:
            return await self._monitoring.wait_time(qpu_id)
        return await self._monitoring.task_wait_time(qpu_id, task_id)

    def _usable_qpu(self, qpu_id: str | None) -> str:
        return self._registry.check(self._qpu(qpu_id)).id

    def _qpu(self, qpu_id: str | None) -> str:
        if qpu_id is not None:
            return arguments.text(qpu_id, "qpu_id", hint="pass the id of a QPU")
        chosen = self._default_qpu_id
        if chosen is None:
            raise UnknownQpu(
                "there is no default QPU: pass qpu_id=… or call sdk.set_default_qpu(…); active now: "
                f"{', '.join(self._registry.active) or 'none'}"
            )
        return chosen

    def _require_open(self, call: str) -> None:
        if not self._open:
            raise SdkNotOpen(
                f"{call}() needs an open SDK: use `async with OqcSdk(...) as sdk`, or `await sdk.open()` first"
            )
        self._guard.check()

    def __repr__(self) -> str:
        state = "open" if self._open else "not open"
        api = self._registry.dialect.name if self._open else self._api
        return (
            f"OqcSdk(url={self._transport.base_url!r}, api={api!r}, {state}, default_qpu_id={self._default_qpu_id!r})"
        )


def silence_of(sdk: Connection) -> Silence:
    """How long the service of an SDK has not answered; for other modules of this package."""
    return sdk._transport.silence


def known_features(sdk: Connection, qpu_id: str) -> dict[str, Any]:
    """What an SDK already knows of a QPU, without a request; for other modules of this package."""
    return sdk._registry.known_features(qpu_id)
