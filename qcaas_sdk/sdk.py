"""`OqcSdk`: the connection to a service. It makes jobs and connects them to charts, callbacks and the HTTP client."""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, cast, get_args, overload

from attrs import evolve

from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._callbacks import MAX_DELIVERY_S, JobCallbacks, JobEffects
from qcaas_sdk._factory.charts import policy_of
from qcaas_sdk._factory.jobs import JobFactory
from qcaas_sdk._factory.requests import JobOptions, requests
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.event_loop import LoopGuard
from qcaas_sdk._handles.identity import NotCopyable
from qcaas_sdk._http import Credential, HttpClient, HttpTransport, RetryPolicy, credential_from, for_gateway
from qcaas_sdk._journal import EMBEDDED_URL, service_name
from qcaas_sdk._oidc import Api, Identity, Prompt, SignIns, service_from_env
from qcaas_sdk._polling import PollScheduler
from qcaas_sdk._programs import Mitigation, Optimize
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._record import Budget, Limits
from qcaas_sdk._service import Monitoring, QpuRegistry, Tasks
from qcaas_sdk._snapshot import IN_MEMORY, CompositeJobSnapshot, JobSnapshot, parsed, plain, read_whole
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import InactiveQpu, QcaasError, SdkNotOpen, UnknownQpu
from qcaas_sdk.job import Job
from qcaas_sdk.statechart import Chart

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings
    from qcaas_sdk.local.noise import NoiseArgument

P = TypeVar("P", bound=Program)
C = TypeVar("C", bound=Config)

OPEN_TIMEOUT_S = 12.0
"""One deadline for all requests of `open`, so that a server that is down or slow is reported within 15 s."""

_MIN_TIMEOUT_S = 0.05
"""The time that each request of `open` gets at least, even if earlier ones have used up the deadline."""


class OqcSdk(NotCopyable):
    """A connection to a QCaaS service.

    Use it as `async with OqcSdk(...) as sdk`, or call `open()` and `close()`.
    """

    _instead = "open another SDK where you need it"

    def __init__(
        self,
        url: str,
        authentication_token: str | None = None,
        email: str | None = None,
        password: str | None = None,
        credential: Credential | None = None,
        default_qpu_id: str | None = None,
        *,
        api: Api = "auto",
        allowed_hosts: Collection[str] = (),
        journal: str | Path | None = None,
        http_transport: HttpTransport | None = None,
        clock: Clock | None = None,
        max_delivery_s: float = MAX_DELIVERY_S,
        job_chart: Chart | str | Path | None = None,
        callbacks: JobCallbacks | None = None,
        max_in_flight: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Set up a connection; nothing is sent before `open()`.

        Args:
            url: The URL of the service, `https://…`.
            authentication_token: A token of your account.
            email: With `password`, instead of a token.
            password: With `email`, instead of a token.
            credential: Any other credential, instead of a token.
            default_qpu_id: The QPU for jobs without a `qpu_id`.
            api: The version of the service's API: "v3", "v4" (the API gateway), or "auto" to find out when the SDK
                opens, which takes at most one more request. `repr(sdk)` says what was found.
            allowed_hosts: Hosts outside the URL's own domain to which the credential may also be sent, because a QPU
                has its address there.
            journal: A file that records every job, so that another process can go on with it (`recover`). It is
                opened with the SDK, and created if it does not exist.
            http_transport: Sends the requests instead of the network (a simulated cloud, a proxy).
            clock: The source of time.
            max_delivery_s: The longest time, in seconds, that a request can take to reach the service, for example
                through proxies that delay it. After that time a cancelled job whose submission is in doubt becomes
                CANCELLED if the service still has no such task, and a task that the service accepted but still
                reports as CREATED raises `TaskLost`.
            job_chart: The chart of new jobs, one that extends `job`: a file, a chart, or the name of one that comes
                with this package (`job_with_retries`). By default `job`.
            callbacks: The guards and actions that this chart adds. They get a `JobView`.
            max_in_flight: How many tasks may be at one QPU that have not ended. Other jobs wait here, CREATED, and
                are submitted as those end; composites take turns.
            budget: The most that its jobs may use; with a journal, over all processes that have used it.

        Raises:
            InvalidArgument: The URL, the credential or another argument is not valid, or the credential is an email
                and a password, which v4 does not accept.
            BadStatechart: The chart has errors, or `callbacks` does not have the names that it adds.
        """
        api = cast("Api", arguments.one_of(api, "api", get_args(Api)))
        if credential is not None:
            expected = "a Credential, for example TokenCredential"
            arguments.with_methods(credential, "credential", expected, "headers", "renew")
        if http_transport is not None:
            expected = "an httpx.AsyncBaseTransport"
            arguments.with_methods(http_transport, "http_transport", expected, "handle_async_request", "aclose")
        if clock is not None:
            arguments.with_methods(clock, "clock", "a Clock", "monotonic", "wall", "sleep")
        if default_qpu_id is not None:
            default_qpu_id = arguments.text(default_qpu_id, "default_qpu_id")
        max_delivery_s = arguments.seconds(max_delivery_s, "max_delivery_s")
        policy = policy_of(job_chart, callbacks)
        limits = Limits.of(max_in_flight, budget)
        kept = None if journal is None else arguments.path(journal, "journal")
        self._clock = clock = clock or SystemClock()
        self._guard = LoopGuard()
        self._opening: asyncio.Lock | None = None
        # For jitter, not for secrets. Seeded by `random`, so `random.seed` and Hypothesis can reproduce a run.
        rng = random.Random(random.getrandbits(64))  # noqa: S311
        self._credential = (
            credential_from(authentication_token, email, password) if credential is None else credential
        )
        self._transport = HttpClient(
            url,
            for_gateway(self._credential) if api == "v4" else self._credential,
            allowed_hosts=allowed_hosts,
            http_transport=http_transport,
            clock=clock,
            random=rng,
        )
        self._api = api
        self._sign_ins = SignIns(self._transport, lambda: self._guard.entered)
        self._registry = QpuRegistry(self._transport, api)
        self._monitoring = Monitoring(self._registry)
        self._scheduler = PollScheduler(
            clock, rng, self._monitoring.forecast, self._guard, self._registry.recent_errors
        )
        self._tasks = Tasks(self._transport, self._registry)
        effects = JobEffects(self._tasks, clock, rng, max_delivery_s)
        self._jobs = JobFactory(effects, clock, self._scheduler, kept, self._guard, policy, limits)
        self._default_qpu_id = default_qpu_id
        self._open = False

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """An SDK for the service in the environment variable `OQC_URL`.

        The credential comes from `OQC_AUTHENTICATION_TOKEN`, or from the variables of a sign-in: `OQC_KEYCLOAK_…`,
        `OQC_ENTRA_…` or `OQC_OIDC_…`. `options` are passed to the constructor. If `OQC_QCAAS_V4` is set, it
        says whether the service has the API v4 ("1", "true" or "yes") or v3; otherwise the SDK finds out.

        Raises:
            QcaasError: `OQC_URL` is not set.
            InvalidArgument: Variables of a sign-in are missing, or do not fit together.
        """
        return cls(**service_from_env(options))

    @classmethod
    def local(
        cls,
        settings: "LocalSettings | None" = None,
        *,
        engine: str | None = None,
        noise: "NoiseArgument" = None,
        api: Literal["v3", "v4"] | None = None,
        journal: str | Path | None = None,
        job_chart: Chart | str | Path | None = None,
        callbacks: JobCallbacks | None = None,
        max_in_flight: int | None = None,
        budget: Budget | None = None,
    ) -> Self:
        """An SDK for the embedded QPU: a simulator with the same API. It needs no account and no network.

        Args:
            settings: QPUs, delays and faults; by default one fast QPU.
            engine: What runs the programs, instead of the engine in `settings`: "aer" (the default), or "qat", OQC's
                own compiler.
            noise: The noise of its QPUs, as for `LocalQpu`: a preset ("toshiko"), a calibration or its file, or a
                `NoiseModel` of Aer.
            api: The version of the API that it has, instead of that in `settings`: "v3" (the default) or "v4".
            journal: As for the constructor. Tasks of the embedded QPU end with their process.
            job_chart: As for the constructor.
            callbacks: As for the constructor.
            max_in_flight: As for the constructor.
            budget: As for the constructor.

        Raises:
            MissingExtra: The extra `local` is not installed, or the extra `qat` for the engine "qat".
            InvalidArgument: There is no such engine, or another argument is not valid.
        """
        # What needs an extra is imported where it is used.
        from qcaas_sdk.local import LocalSettings  # noqa: PLC0415
        from qcaas_sdk.local.transport import LocalTransport  # noqa: PLC0415

        settings = LocalSettings() if settings is None else settings
        if not isinstance(settings, LocalSettings):
            raise arguments.wrong("settings", "LocalSettings", settings)
        if engine is not None:
            settings = evolve(settings, engine=arguments.text(engine, "engine"))
        if noise is not None:
            settings = settings.with_noise(noise)
        if api is not None:
            settings = evolve(settings, api=api)
        return cls(
            EMBEDDED_URL,
            "local",
            default_qpu_id=next((qpu.id for qpu in settings.qpus if qpu.active), None),
            api=settings.api.value,
            journal=journal,
            http_transport=LocalTransport(settings),
            job_chart=job_chart,
            callbacks=callbacks,
            max_in_flight=max_in_flight,
            budget=budget,
        )

    # Opening and closing.

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
            await self._jobs.open(service_name(self._transport.base_url))
            self._tasks.note_reserving(self._jobs.recovery.reserving)
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
            if orphaned:
                self._jobs.drop()
                self._jobs.recovery.drop()
            else:
                await self._jobs.close()
                self._scheduler.close()
                await self._jobs.recovery.close()
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

    async def sign_in(self, prompt: Prompt | None = None) -> Identity:
        """Sign in, unless tokens are at hand that are valid or can be renewed. The SDK need not be open.

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

    def __repr__(self) -> str:
        state = "open" if self._open else "not open"
        api = self._registry.dialect.name if self._open else self._api
        return (
            f"OqcSdk(url={self._transport.base_url!r}, api={api!r}, {state}, default_qpu_id={self._default_qpu_id!r})"
        )

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
        """Create a job, or a composite if you pass lists. Nothing is sent until you submit, execute or await it.

        Lists have one entry per job. A single value, or a list of one entry, applies to all jobs.

        Args:
            program: OpenQASM 2, OpenQASM 3 or QIR text; the `Path` of a file with such text; or a circuit of Qiskit,
                pytket, Cirq, PennyLane or Braket. A list makes a composite.
            qpu_id: The QPU to run it on; by default `default_qpu_id`. A list makes a composite.
            config: A `CompilerConfig` or a similar configuration; None means 1000 shots and binary counts. A list
                makes a composite.
            shots: The number of shots, `repeats` in a `CompilerConfig`.
            optimize: The optimization level of the service's compiler: 0, 1 or 2, Tket's levels in `CompilerConfig`.
            error_mitigation: The readout error mitigation: "none", "matrix" or "linear".
            check: Check before sending: size, the QPU's limit of shots and, with the extra `check`, OpenQASM syntax
                and undeclared registers.
            fetch_diagnostics: Ask again for timings, metrics and metadata if the server leaves them out.
            tag: Your own label, which the server keeps with the task.

        Raises:
            SdkNotOpen: The SDK is not open.
            InvalidProgram: A program cannot be sent; `UnsupportedProgram` if its type is not supported,
                `MalformedProgram` if the check found an error in it.
            ContradictoryConfig: `shots`, `optimize` or `error_mitigation` contradicts `config`.
            RequestTooLarge: A program is too large.
            TooManyShots: The QPU does not allow that many shots.
            TooManyQubits: The QPU has fewer qubits than the program uses.
            NotConnected: A gate couples qubits that the QPU does not connect, and routing is off.
            InvalidArgument: A list is empty, the lengths of the lists differ, or an argument has the wrong type or is
                out of range.
            UnknownQpu: There is no such QPU, or you named none and there is no default; `InactiveQpu` if it is not
                active.
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
        try:
            made = requests(
                program, qpu_id, config, options, qpu=self._usable_qpu, features=self._registry.features_as_listed
            )
        except QcaasError as error:
            raise error.with_traceback(None) from error.__cause__  # only the frames that help a user
        jobs = [self._jobs.job(request, fetch_diagnostics=fetch_diagnostics) for request in made]
        if any(isinstance(given, list | tuple) for given in (program, qpu_id, config)):
            return self._jobs.composite(jobs)
        return jobs[0]

    def observe(self, observer: Callable[[Job | CompositeJob], None]) -> None:
        """Call `observer` with every job and composite that is created or loaded from now on; it must not raise."""
        arguments.function(observer, "observer", "a function of one job")
        self._jobs.observe(observer)

    def recover(self, *, all: bool = False) -> list[Job | CompositeJob]:  # noqa: A002  # read as a word: recover(all=True)
        """The jobs and composites in the journal that have not ended, including those of earlier processes.

        Nothing is sent. `await job.wait()` continues a job from its last recorded state. If your process already uses
        a job, you get the same object. Jobs of a composite are returned as part of it.

        Args:
            all: Also return those that have ended, with results and history.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            ChartMismatch: A job runs on a chart that this SDK does not have, or that does not know its state.
        """
        self._require_open("recover")
        return self._jobs.recovery.recover(ended=arguments.flag(all, "all"))

    def load(self, path: str | Path) -> Job | CompositeJob:
        """A job or composite from a file that `save` wrote, in this SDK or the published one.

        If it has not ended, `await job.wait()` continues it. Nothing is sent, and no QPU is looked up.

        Raises:
            SdkNotOpen: The SDK is not open.
            FileNotFoundError: There is no such file; `PermissionError` if you may not read it.
            BadSnapshot: The file is not a snapshot, or is damaged; the error says where.
            ChartMismatch: As `recover`.
            InvalidArgument: `path` is not a path.
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
        """A job or composite from the value of `to_snapshot`; otherwise as `load`.

        Raises:
            SdkNotOpen: The SDK is not open.
            BadSnapshot: It is not a snapshot, or is damaged; the error says where.
        """
        self._require_open("from_snapshot")
        return self._jobs.loaded(plain(snapshot, IN_MEMORY), IN_MEMORY)

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


def factory_of(sdk: OqcSdk) -> JobFactory:
    """The factory of an SDK's jobs; for other modules of this package."""
    return sdk._jobs
