"""`OqcSdk`: the door. It ties charts, effects, gateway and transport together and makes jobs."""

import asyncio
import math
import os
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from attrs import evolve

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._callbacks import MAX_DELIVERY_S, JobEffects
from qcaas_sdk._factory.jobs import JobFactory
from qcaas_sdk._factory.requests import JobOptions, requests
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._http import Credential, RetryPolicy, Transport, credential_from, in_process
from qcaas_sdk._polling import PollScheduler
from qcaas_sdk._programs import Mitigation, Optimize
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._service import Directory, Monitoring, Tasks
from qcaas_sdk._snapshot import IN_MEMORY, CompositeJobSnapshot, JobSnapshot, parsed, plain, read_whole
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import InactiveQpu, QcaasError, SdkNotOpen, UnknownQpu
from qcaas_sdk.job import Job

if TYPE_CHECKING:
    import httpx

    from qcaas_sdk.local import EmbeddedCloud, LocalSettings

P = TypeVar("P", bound=Program)
C = TypeVar("C", bound=Config)

OPEN_TIMEOUT_S = 12.0
"""A server that is down, or slow, is reported within 15 s: one deadline over every request that `open` sends."""

_SHORTEST_S = 0.05
"""What a request at `open` may always take, even if those before it have used up the time."""

EMBEDDED = "embedded"
"""What a journal calls the service of the embedded QPU, which has no address."""


class OqcSdk:
    """A connection to a QCaaS service.

    Use it as `async with OqcSdk(...) as sdk`, or call `open()` and `close()`.
    """

    def __init__(
        self,
        url: str,
        authentication_token: str | None = None,
        email: str | None = None,
        password: str | None = None,
        credential: Credential | None = None,
        default_qpu_id: str | None = None,
        *,
        allowed_hosts: Collection[str] = (),
        journal: str | Path | None = None,
        http_transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Clock | None = None,
        max_delivery_s: float = MAX_DELIVERY_S,
    ) -> None:
        """Set up a connection; nothing is sent before `open()`.

        Args:
            url: The service's address, as `https://…`.
            authentication_token: A token of the user's account.
            email: With `password`, instead of a token.
            password: With `email`, instead of a token.
            credential: Any other kind of credential.
            default_qpu_id: The QPU for jobs that name none.
            allowed_hosts: Hosts outside the URL's own domain to which the credential may be sent, because a QPU
                lives there.
            journal: A file in which every job is written down as it goes along, so that another process can go on
                with it (`recover`); opened with the SDK, and made if it is not there.
            http_transport: What carries the requests instead of the network (a simulated cloud, a proxy).
            clock: Where time comes from.
            max_delivery_s: The longest time, in seconds, that a request can take to reach the service, through
                proxies that hold it back. After that time a cancelled job whose submission is in doubt becomes
                CANCELLED if the service still has nothing of it, and a task that the service accepted but still calls
                CREATED is reported as `TaskLost`.

        Raises:
            InvalidArgument: The URL, the credential or another argument cannot be used as given.
        """
        if credential is not None:
            arguments.with_methods(credential, "credential", "a Credential, as TokenCredential", "headers", "renew")
        if http_transport is not None:
            expected = "an httpx.AsyncBaseTransport"
            arguments.with_methods(http_transport, "http_transport", expected, "handle_async_request", "aclose")
        if clock is not None:
            arguments.with_methods(clock, "clock", "a Clock", "monotonic", "wall", "sleep")
        if default_qpu_id is not None:
            default_qpu_id = arguments.text(default_qpu_id, "default_qpu_id")
        max_delivery_s = arguments.seconds(max_delivery_s, "max_delivery_s")
        kept = None if journal is None else arguments.path(journal, "journal")
        self._clock = clock = clock or SystemClock()
        self._guard = LoopGuard()
        self._opening: asyncio.Lock | None = None
        # Jitter, not secrets. From the module's dice, so that `random.seed`, and Hypothesis, make a run repeatable.
        dice = random.Random(random.getrandbits(64))  # noqa: S311
        self._transport = Transport(
            url,
            credential_from(authentication_token, email, password) if credential is None else credential,
            allowed_hosts=allowed_hosts,
            http_transport=http_transport,
            clock=clock,
            random=dice,
        )
        self._directory = Directory(self._transport)
        self._monitoring = Monitoring(self._transport, self._directory)
        self._scheduler = PollScheduler(
            clock, dice, self._monitoring.forecast, self._guard, self._directory.recent_errors
        )
        self._tasks = Tasks(self._transport, self._directory)
        effects = JobEffects(self._tasks, clock, dice, max_delivery_s)
        self._jobs = JobFactory(effects, clock, self._scheduler, kept, self._guard)
        self._default_qpu_id = default_qpu_id
        self._open = False
        self._embedded: EmbeddedCloud | None = None

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """An SDK for the service that the environment names.

        Reads `OQC_URL` and `OQC_AUTHENTICATION_TOKEN`; `options` go to the constructor.

        Raises:
            QcaasError: `OQC_URL` is not set.
        """
        url = os.environ.get("OQC_URL")
        if not url:
            raise QcaasError("OQC_URL is not set: set it to the service's address, or use OqcSdk.local()")
        return cls(url, os.environ.get("OQC_AUTHENTICATION_TOKEN"), **options)

    @classmethod
    def local(
        cls,
        settings: "LocalSettings | None" = None,
        *,
        engine: str | None = None,
        journal: str | Path | None = None,
    ) -> Self:
        """An SDK for the embedded QPU: a real simulator behind the same contract, with no account and no network.

        Args:
            settings: How it behaves (QPUs, delays, faults); by default one fast QPU.
            engine: What runs the programs, in place of the engine of the settings: "aer" (their default), or "qat",
                OQC's own compiler.
            journal: As for the constructor; but tasks of the embedded QPU end with their process.

        Raises:
            MissingExtra: The extra `local` is not installed, or for the engine "qat" the extra `qat`.
            InvalidArgument: There is no engine of that name, or another argument cannot be used as given.
        """
        from qcaas_sdk.local import EmbeddedCloud, LocalSettings  # noqa: PLC0415  # an extra

        settings = LocalSettings() if settings is None else settings
        if not isinstance(settings, LocalSettings):
            raise arguments.wrong("settings", "LocalSettings", settings)
        if engine is not None:
            settings = evolve(settings, engine=arguments.text(engine, "engine"))
        cloud = EmbeddedCloud(settings)
        default = next((qpu.id for qpu in settings.qpus if qpu.active), None)
        carrier = in_process(cloud.app)
        sdk = cls("http://localhost", "local", default_qpu_id=default, journal=journal, http_transport=carrier)
        sdk._embedded = cloud
        return sdk

    # Opening and closing.

    async def open(self, *, timeout_s: float | None = None) -> Self:
        """Connect: find the service, present the credential, read the list of QPUs.

        Args:
            timeout_s: Seconds after which a service that does not answer is given up; 12 at most, and if left out.

        Raises:
            AuthenticationError: The credential was refused.
            BadAnswer: What answers at the URL is not a QCaaS service.
            InactiveQpu: No QPU is active for this account.
            TransportError: The service cannot be reached; reported in under 15 seconds.
            JournalError: The journal cannot be used; as `JournalInUse` or `BadJournal` where that is why.
            WrongEventLoop: It is open in another event loop.
        """
        self._guard.check()
        self._guard.enter()
        if self._opening is None:
            self._opening = asyncio.Lock()
        deadline = self._clock.monotonic() + min(OPEN_TIMEOUT_S, math.inf if timeout_s is None else timeout_s)
        async with self._opening:
            if not self._open:
                await self._connect(deadline)
        return self

    async def _connect(self, deadline: float) -> None:
        def limits() -> RetryPolicy:
            return RetryPolicy(total_s=max(deadline - self._clock.monotonic(), _SHORTEST_S))

        self._guard.enter()
        try:
            await self._jobs.recovery.open(self._transport.base_url if self._embedded is None else EMBEDDED)
            self._tasks.note_reserving(self._jobs.recovery.reserving)
            if self._embedded is not None:
                self._embedded.open()
            await self._transport.open()
            await self._directory.greet(limits())
            if not await self._directory.refresh(limits()):
                raise InactiveQpu(f"no QPU is active for this account at {self._transport.base_url}; try again later")
        except BaseException:
            await self.close()
            raise
        self._open = True

    async def close(self) -> None:
        """Disconnect. Jobs under way go on at the server; coroutines that wait for one get `SdkNotOpen`.

        Raises:
            JournalError: The last notes could not be written into the journal; all is closed all the same.
            WrongEventLoop: It is open in another event loop, which still runs.
        """
        orphaned = self._guard.loop_has_ended  # with the loop, all that waited in it has ended
        if not orphaned:
            self._guard.check()
        self._open = False
        self._guard.leave()
        try:
            if orphaned:
                self._jobs.recovery.drop()
            else:
                self._scheduler.close()
                await self._jobs.recovery.close()
        finally:
            self._opening = None
            with suppress(*([RuntimeError] if orphaned else [])):  # what it would tell that loop
                await self._transport.close()
                if self._embedded is not None:
                    await self._embedded.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        state = "open" if self._open else "not open"
        return f"OqcSdk(url={self._transport.base_url!r}, {state}, default_qpu_id={self._default_qpu_id!r})"

    # Jobs.

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: Config | None = None,
        **options: Unpack[JobOptions],
    ) -> Job: ...
    @overload
    def create_job(
        self,
        *,
        program: list[Program],
        qpu_id: str | list[str] | None = None,
        config: Config | list[C] | None = None,
        **options: Unpack[JobOptions],
    ) -> CompositeJob: ...
    @overload
    def create_job(
        self,
        *,
        program: list[P],
        qpu_id: str | list[str] | None = None,
        config: Config | list[C] | None = None,
        **options: Unpack[JobOptions],
    ) -> CompositeJob: ...
    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: list[str],
        config: Config | list[C] | None = None,
        **options: Unpack[JobOptions],
    ) -> CompositeJob: ...
    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: list[C],
        **options: Unpack[JobOptions],
    ) -> CompositeJob: ...
    def create_job(
        self,
        *,
        program: Any,
        qpu_id: str | list[str] | None = None,
        config: Any = None,
        shots: int | None = None,
        optimize: Optimize | None = None,
        error_mitigation: Mitigation | None = None,
        check: bool = True,
        fetch_diagnostics: bool = False,
        tag: str | None = None,
    ) -> Job | CompositeJob:
        """Make a job, or from lists a composite; nothing is sent before it is submitted, executed or awaited.

        Lists of one entry, and what is not a list, hold for all jobs; the other lists are as long as there are jobs.

        Args:
            program: OpenQASM 2, OpenQASM 3 or QIR text; the `Path` of a file with such text; or a circuit of Qiskit,
                pytket, Cirq, PennyLane or Braket. A list makes a composite.
            qpu_id: The QPU that is to run it; by default `default_qpu_id`. A list makes a composite.
            config: A `CompilerConfig` or one of its kin; None stands for 1000 shots and binary counts. A list makes a
                composite.
            shots: Shots of the run: `repeats` of a `CompilerConfig`.
            optimize: How hard the service's compiler tries: 0, 1 or 2, which are Tket's levels in `CompilerConfig`.
            error_mitigation: Which readout errors are corrected for: "none", "matrix" or "linear".
            check: Look for what is certain to fail, before anything is sent: size, too many shots for the QPU, and,
                with the extra `check`, wrong syntax and undeclared registers of OpenQASM.
            fetch_diagnostics: Ask again for timings, metrics and metadata when the server left them out.
            tag: A word of the user's own, kept by the server with the task.

        Raises:
            SdkNotOpen: The SDK is not open.
            InvalidProgram: A program cannot be sent; `UnsupportedProgram` if it is nothing that is known here,
                `MalformedProgram` if the check found it to be wrong.
            ContradictoryConfig: `shots`, `optimize` or `error_mitigation` says one thing, `config` another.
            RequestTooLarge: The check found a program to be too large.
            TooManyShots: The check found that a QPU takes fewer shots.
            InvalidArgument: A list is empty, the lengths of lists do not fit, or an argument is of a wrong kind or
                out of range.
            UnknownQpu: There is no such QPU, or none was named and there is no default; `InactiveQpu` if it is off.
            OSError: A file cannot be read.
        """
        self._require_open("create_job")
        fetch_diagnostics = arguments.flag(fetch_diagnostics, "fetch_diagnostics")
        options: JobOptions = {
            "shots": shots,
            "optimize": optimize,
            "error_mitigation": error_mitigation,
            "check": arguments.flag(check, "check"),
            "tag": arguments.tag_or_none(tag),
        }
        made = requests(
            program, qpu_id, config, options, qpu=self._usable_qpu, features=self._directory.features_as_listed
        )
        jobs = [self._jobs.job(request, fetch_diagnostics=fetch_diagnostics) for request in made]
        if any(isinstance(given, list | tuple) for given in (program, qpu_id, config)):
            return self._jobs.composite(jobs)
        return jobs[0]

    def observe(self, observer: Callable[[Job | CompositeJob], None]) -> None:
        """Call `observer` with every job and composite that is made or loaded from now on; it must not raise."""
        if not callable(observer):
            raise arguments.wrong("observer", "a function of one job", observer)
        self._jobs.observe(observer)

    def recover(self, *, all: bool = False) -> list[Job | CompositeJob]:  # noqa: A002  # read as a word: recover(all=True)
        """The jobs and composites of the journal that have not ended, those of earlier processes too.

        Nothing is sent: `await job.wait()` on each goes on exactly where it stood. What is in use already comes back
        as the object that it is. Jobs that are part of a composite come with that.

        Args:
            all: Those that have ended too, with results and history.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: It has no journal.
            JournalError: The journal cannot be read.
        """
        self._require_open("recover")
        return self._jobs.recovery.recover(ended=arguments.flag(all, "all"))

    def load(self, path: str | Path) -> Job | CompositeJob:
        """A job or composite from a file that `save` wrote, here or in the published SDK.

        One that was under way goes on with `await job.wait()`. Nothing is sent, and no QPU is looked up.

        Raises:
            SdkNotOpen: The SDK is not open.
            FileNotFoundError: There is no such file; `PermissionError` if it may not be read.
            BadSnapshot: It holds no snapshot, or a damaged one; the error says where.
            InvalidArgument: It is no path.
        """
        self._require_open("load")
        file = arguments.path(path, "path")
        return self._jobs.loaded(parsed(read_whole(file), str(file)), str(file))

    @overload
    def from_snapshot(self, snapshot: JobSnapshot) -> Job: ...
    @overload
    def from_snapshot(self, snapshot: CompositeJobSnapshot) -> CompositeJob: ...
    @overload
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob: ...
    def from_snapshot(self, snapshot: Mapping[str, Any]) -> Job | CompositeJob:
        """A job or composite from what `to_snapshot` gave; otherwise as `load`.

        Raises:
            SdkNotOpen: The SDK is not open.
            BadSnapshot: It is no snapshot, or a damaged one; the error says where.
        """
        self._require_open("from_snapshot")
        return self._jobs.loaded(plain(snapshot, IN_MEMORY), IN_MEMORY)

    @property
    def default_qpu_id(self) -> str | None:
        """The QPU for jobs that name none."""
        return self._default_qpu_id

    def set_default_qpu(self, qpu_id: str) -> None:
        """Choose the QPU for jobs that name none.

        Raises:
            UnknownQpu: The SDK is open and knows of no such QPU.
            InvalidArgument: It is no text.
        """
        qpu_id = arguments.text(qpu_id, "qpu_id")
        if self._open:
            self._directory.check(qpu_id)
        self._default_qpu_id = qpu_id

    # QPUs.

    async def list_qpus(self) -> list[dict[str, Any]]:
        """The active QPUs, as the service describes them (`id`, `name`, `url`, `feature_set`, …)."""
        self._require_open("list_qpus")
        return await self._directory.refresh()

    async def get_features(self, qpu_id: str | None = None) -> dict[str, Any]:
        """What a QPU can do, as the service describes it.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_features")
        return await self._directory.features(self._qpu(qpu_id))

    async def get_system_status(self, qpu_id: str | None = None) -> list[dict[str, Any]]:
        """What the service reports of one QPU's system, or of all when none is named.

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
            InvalidArgument: `date_filter` is no day.
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_calibration")
        return await self._monitoring.calibration(self._qpu(qpu_id), date_filter)

    async def get_next_window(self, qpu_id: str | None = None) -> datetime | None:
        """When a QPU's next access window begins, in UTC; None when none is planned.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        self._require_open("get_next_window")
        return await self._monitoring.next_window(self._qpu(qpu_id))

    def _usable_qpu(self, qpu_id: str | None) -> str:
        return self._directory.check(self._qpu(qpu_id)).id

    def _qpu(self, qpu_id: str | None) -> str:
        if qpu_id is not None:
            return arguments.text(qpu_id, "qpu_id", hint="pass the id of a QPU, as str(…)")
        chosen = self._default_qpu_id
        if chosen is None:
            raise UnknownQpu(
                "no QPU was named and there is no default: pass qpu_id=… or call set_default_qpu(…); active now: "
                f"{', '.join(self._directory.active) or 'none'}"
            )
        return chosen

    def _require_open(self, call: str) -> None:
        if not self._open:
            raise SdkNotOpen(
                f"{call}() needs an open SDK: `async with OqcSdk(...) as sdk`, or `await sdk.open()` first"
            )
        self._guard.check()


def factory_of(sdk: OqcSdk) -> JobFactory:
    """What makes the jobs of an SDK: for the other rooms of this package."""
    return sdk._jobs
