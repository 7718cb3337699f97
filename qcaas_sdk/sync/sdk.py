"""`OqcSdk` without `async`."""

# Written by `python -m tests.sync.generate`: change the class with `async` instead.
# mypy: disable-error-code="override, assignment"
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, cast, overload

from qcaas_sdk import _callbacks, _oidc
from qcaas_sdk._base.api_version import Api
from qcaas_sdk._base.clock import Clock
from qcaas_sdk._base.wait_estimate import WaitEstimate
from qcaas_sdk._factory.job_filter import Moment, States
from qcaas_sdk._factory.job_options import CompositeOptions, JobOptions
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._http import Credential, HttpTransport
from qcaas_sdk._programs.config import Config, Mitigation, Optimize
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._programs.parameter_values import Parameters
from qcaas_sdk._record import MAX_DELIVERY_S, Budget
from qcaas_sdk._snapshot import CompositeJobSnapshot, JobSnapshot
from qcaas_sdk.results.usage import UsageKey, UsageTable
from qcaas_sdk.sdk import AsyncSdk
from qcaas_sdk.statechart import Chart
from qcaas_sdk.sync.bridge import Bridge, bind, observing
from qcaas_sdk.sync.composite import CompositeJob
from qcaas_sdk.sync.connection import Connection
from qcaas_sdk.sync.job import Job

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings
    from qcaas_sdk.local.noise import NoiseArgument
    from qcaas_sdk.web.dashboard import Dashboard

P = TypeVar("P", bound=Program)
C = TypeVar("C", bound=Config)


class OqcSdk(Connection):
    """A connection to a QCaaS service.

    Use it as `with OqcSdk.sync(...) as sdk`, or call `open()` and `close()`.
    """

    __slots__ = ()
    _handle: AsyncSdk

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
        callbacks: "_callbacks.JobCallbacks | None" = None,
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
            max_in_flight: How many tasks that have not ended may be at one QPU. Other jobs wait here, CREATED, and
                are submitted as those end; composites take turns.
            budget: The most that its jobs may use; with a journal, over all processes that have used it.

        Raises:
            InvalidArgument: The URL, the credential or another argument is not valid, or the credential is an email
                and a password, which v4 does not accept.
            BadStatechart: The chart has errors, or `callbacks` does not have the names that it adds.
        """
        bind(
            self,
            Bridge(),
            AsyncSdk(
                url,
                authentication_token,
                email,
                password,
                credential,
                default_qpu_id,
                api=api,
                allowed_hosts=allowed_hosts,
                journal=journal,
                http_transport=http_transport,
                clock=clock,
                max_delivery_s=max_delivery_s,
                job_chart=job_chart,
                callbacks=callbacks,
                max_in_flight=max_in_flight,
                budget=budget,
            ),
        )

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """An SDK for the service in the environment variable `OQC_URL`.

        The credential comes from `OQC_AUTHENTICATION_TOKEN`, or from the variables of a sign-in: `OQC_KEYCLOAK_…`,
        `OQC_ENTRA_…` or `OQC_OIDC_…`. `options` are passed to the constructor. `OQC_QCAAS_V4` says whether
        the service has the API v4 ("1", "true", "yes" or "on") or v3 ("0", "false", "no" or "off"); if it is empty or
        not set, the SDK finds out.

        Raises:
            QcaasError: `OQC_URL` is not set.
            InvalidArgument: `OQC_URL` or `OQC_QCAAS_V4` has a wrong value, or variables of a sign-in are missing or
                do not fit together.
        """
        return cls._on(AsyncSdk.from_env(**options))

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
        callbacks: "_callbacks.JobCallbacks | None" = None,
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
        return cls._on(
            AsyncSdk.local(
                settings,
                engine=engine,
                noise=noise,
                api=api,
                journal=journal,
                job_chart=job_chart,
                callbacks=callbacks,
                max_in_flight=max_in_flight,
                budget=budget,
            )
        )

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: Config | None = None,
        shots: int | None = None,
        parameters: Parameters | None = None,
        **options: Unpack[JobOptions],
    ) -> Job: ...

    @overload
    def create_job(
        self,
        *,
        program: list[Program],
        qpu_id: str | list[str] | None = None,
        config: Config | list[C] | None = None,
        shots: int | Sequence[int] | None = None,
        parameters: Parameters | Sequence[Parameters] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    @overload
    def create_job(
        self,
        *,
        program: list[P],
        qpu_id: str | list[str] | None = None,
        config: Config | list[C] | None = None,
        shots: int | Sequence[int] | None = None,
        parameters: Parameters | Sequence[Parameters] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: list[str],
        config: Config | list[C] | None = None,
        shots: int | Sequence[int] | None = None,
        parameters: Parameters | Sequence[Parameters] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: list[C],
        shots: int | Sequence[int] | None = None,
        parameters: Parameters | Sequence[Parameters] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: Config | None = None,
        shots: Sequence[int],
        parameters: Parameters | Sequence[Parameters] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    @overload
    def create_job(
        self,
        *,
        program: Program,
        qpu_id: str | None = None,
        config: Config | None = None,
        shots: int | None = None,
        parameters: Sequence[Parameters],
        **options: Unpack[CompositeOptions],
    ) -> CompositeJob: ...

    def create_job(
        self,
        *,
        program: Any,
        qpu_id: str | list[str] | None = None,
        config: Any = None,
        shots: int | Sequence[int] | None = None,
        parameters: Parameters | Sequence[Parameters] | None = None,
        optimize: Optimize | None = None,
        error_mitigation: Mitigation | None = None,
        check: bool = True,
        fetch_diagnostics: bool = False,
        tag: str | None = None,
        name: str | None = None,
        user_metadata: UserMetadata | Sequence[UserMetadata | None] | None = None,
        hybrid_marker: str | None = None,
        max_in_flight: int | None = None,
        budget: Budget | None = None,
    ) -> Job | CompositeJob:
        """Create a job, or a composite if you pass lists. Nothing is sent until you submit, execute or wait for it.

        Lists have one entry per job. A single value, or a list of one entry, applies to all jobs.

        Args:
            program: OpenQASM 2, OpenQASM 3 or QIR text; the `Path` of a file with such text; or a circuit of Qiskit,
                pytket, Cirq, PennyLane or Braket. A list makes a composite.
            qpu_id: The QPU to run it on; by default `default_qpu_id`. A list makes a composite.
            config: A `CompilerConfig` or a similar configuration; None means 1000 shots and binary counts. A list
                makes a composite.
            shots: The number of shots, `repeats` in a `CompilerConfig`. A list makes a composite.
            parameters: The values of the program's free parameters, by name: those of a circuit, the arguments of a
                PennyLane node, the `input` variables of OpenQASM 3. A list makes a composite, a sweep.
            optimize: The optimization level of the service's compiler: 0, 1 or 2, Tket's levels in `CompilerConfig`.
            error_mitigation: The readout error mitigation: "none", "matrix" or "linear".
            check: Check before sending: size, the QPU's shots, qubits and connectivity, and, with the extra `check`,
                OpenQASM syntax and undeclared registers.
            fetch_diagnostics: Ask again for timings, metrics and metadata if the server leaves them out.
            tag: Your own label, which the server keeps with the task.
            name: What you call the job, or the composite if you pass lists: `sdk.job(name)` finds it again. Unique in
                the journal.
            user_metadata: Your own JSON values, the same for all jobs, or a list with those of each. They stay here,
                in journal and snapshots.
            hybrid_marker: The server's marker for the tasks of one hybrid computation.
            max_in_flight: Only for lists: how many tasks of the composite that have not ended may be at one QPU.
            budget: Only for lists: the most that the jobs of the composite may use.

        Raises:
            NameTaken: Another job or composite has the name.
            SdkNotOpen: The SDK is not open.
            InvalidProgram: A program cannot be sent; `UnsupportedProgram` if its type is not supported,
                `MalformedProgram` if the check found an error in it.
            ContradictoryConfig: `shots`, `optimize` or `error_mitigation` contradicts `config`.
            RequestTooLarge: A program is too large.
            TooManyShots: The QPU does not allow that many shots.
            TooManyQubits: The QPU has fewer qubits than the program uses.
            NotConnected: A gate couples qubits that the QPU does not connect, and routing is off.
            InvalidArgument: A list is empty, the lengths of the lists differ, a parameter has no value or does not
                exist, or an argument has the wrong type or is out of range.
            UnknownQpu: There is no such QPU, or you named none and there is no default; `InactiveQpu` if it is not
                active.
            OSError: A file cannot be read.
        """
        return cast(
            "Job | CompositeJob",
            self._bridge.now(
                lambda: self._handle.create_job(
                    program=program,
                    qpu_id=qpu_id,
                    config=config,
                    shots=shots,
                    parameters=parameters,
                    optimize=optimize,
                    error_mitigation=error_mitigation,
                    check=check,
                    fetch_diagnostics=fetch_diagnostics,
                    tag=tag,
                    name=name,
                    user_metadata=user_metadata,
                    hybrid_marker=hybrid_marker,
                    max_in_flight=max_in_flight,
                    budget=budget,
                )
            ),
        )

    def observe(self, observer: Callable[[Job | CompositeJob], None]) -> None:
        """Call `observer` with every job and composite that is created or loaded from now on.

        It must not wait, and it must not raise: its error goes to the call that creates or loads the job.

        Raises:
            InvalidArgument: `observer` is not a function, or an `async` one.
        """
        self._bridge.now(lambda: self._handle.observe(observing(self, observer)))

    def recover(self, *, all: bool = False) -> list[Job | CompositeJob]:
        """The jobs and composites in the journal that have not ended, including those of earlier processes.

        Nothing is sent. `job.wait()` continues a job from its last recorded state. If your process already uses
        a job, you get the same object. Jobs of a composite are returned as part of it.

        Args:
            all: Also return those that have ended, with results and history.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            ChartMismatch: A job runs on a chart that this SDK does not have, or that does not know its state.
        """
        return cast("list[Job | CompositeJob]", self._bridge.now(lambda: self._handle.recover(all=all)))

    def find(
        self,
        *,
        tag: str | None = None,
        state: States | None = None,
        qpu_id: str | None = None,
        name: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        user_metadata: UserMetadata | None = None,
        limit: int | None = None,
    ) -> list[Job]:
        """The jobs of the journal that match everything you pass, the newest first, also those of earlier processes.

        Nothing is sent, and only what matches is read. Jobs of composites are found one by one.

        Args:
            tag: Their tag.
            state: Their state, or several: `JobState.FAILED` or "failed".
            qpu_id: Their QPU.
            name: Their name, or that of the composite that they are in; `*` and `?` stand for any characters.
            since: Only jobs created since then: a `datetime`, a `timedelta` (that long ago), or text in ISO 8601.
                Without a time zone it is local time.
            until: Only jobs created before then, as `since`.
            user_metadata: Values that their own metadata have; other keys do not matter.
            limit: At most this many.

        Raises:
            SdkNotOpen: The SDK is not open.
            QcaasError: The SDK has no journal.
            InvalidArgument: An argument has the wrong type or value.
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        return cast(
            "list[Job]",
            self._bridge.now(
                lambda: self._handle.find(
                    tag=tag,
                    state=state,
                    qpu_id=qpu_id,
                    name=name,
                    since=since,
                    until=until,
                    user_metadata=user_metadata,
                    limit=limit,
                )
            ),
        )

    def usage(
        self,
        by: UsageKey | Collection[UsageKey] = "qpu_id",
        *,
        tag: str | None = None,
        qpu_id: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> UsageTable:
        """What the jobs of the journal have used, also those of earlier processes. The SDK need not be open.

        Args:
            by: What to add it up by: "qpu_id", "tag", "day", "campaign" (the name of the journal), or several.
            tag: Only jobs with this tag.
            qpu_id: Only runs on this QPU.
            since: Only runs submitted since, as for `find`.
            until: Only runs submitted before, as for `find`.

        Raises:
            QcaasError: The SDK has no journal.
            JournalError: The journal cannot be read.
            InvalidArgument: An argument has the wrong type or value.
        """
        return self._bridge.now(lambda: self._handle.usage(by, tag=tag, qpu_id=qpu_id, since=since, until=until))

    def job(self, name: str) -> Job | CompositeJob:
        """The job or composite that `create_job(name=…)` created, in this process or in an earlier one.

        Nothing is sent. Without a journal, only what your process still uses is found.

        Raises:
            SdkNotOpen: The SDK is not open.
            UnknownJob: None has that name.
            JournalError: The journal cannot be read.
            ChartMismatch: As `recover`.
        """
        return cast("Job | CompositeJob", self._bridge.now(lambda: self._handle.job(name)))

    def attach(self, task_id: str, qpu_id: str | None = None, *, fetch_diagnostics: bool = False) -> Job:
        """A job on a task that exists at the service, however it got there. One request; nothing is submitted.

        The job has the state, the results and the labels that the service tells. Its `program` is empty if the
        service does not tell it; then you can run the job again only after `job.reconfigure(program=…)`. If a job of
        this SDK or of its journal has the id, you get that job, without a request. An id that is reserved and was
        never submitted gives a job that is CREATED and says so.

        Args:
            task_id: The server's id of the task.
            qpu_id: Its QPU; by default `default_qpu_id`, or the only QPU. With API v4 you need none.
            fetch_diagnostics: As for `create_job`.

        Raises:
            SdkNotOpen: The SDK is not open.
            UnknownTask: The service has no such task for this account.
            UnknownQpu: There is no such QPU, or there are several and you named none.
            InvalidArgument: An argument has the wrong type, or `task_id` cannot be an id.
            TransportError: There was no usable answer.
        """
        return cast(
            "Job",
            self._bridge.wait(lambda: self._handle.attach(task_id, qpu_id, fetch_diagnostics=fetch_diagnostics)),
        )

    def load(self, path: str | Path) -> Job | CompositeJob:
        """A job or composite from a file that `save` wrote, in this SDK or the published one.

        If it has not ended, `job.wait()` continues it. Nothing is sent, and no QPU is looked up.

        Raises:
            SdkNotOpen: The SDK is not open.
            OSError: The file cannot be read: a `FileNotFoundError`, a `PermissionError`, or for a folder an
                `IsADirectoryError`.
            BadSnapshot: The file is not a snapshot, or is damaged; the error says where.
            ChartMismatch: As `recover`.
            InvalidArgument: `path` is not a path.
        """
        return cast("Job | CompositeJob", self._bridge.now(lambda: self._handle.load(path)))

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
        return cast("Job | CompositeJob", self._bridge.now(lambda: self._handle.from_snapshot(snapshot)))

    def dashboard(self, *, control: bool = False, host: str = "127.0.0.1", port: int = 0) -> "Dashboard":
        """Serve a live page of the jobs, until you close it or the SDK. Open its `url` in a browser.

        It shows the jobs of the journal. Without a journal it shows the jobs that your program still uses, and those
        that are made later, which it keeps until it is closed.

        Args:
            control: Whether the page may cancel jobs, run them again and continue them. Then the URL has a token that
                works once, in one browser.
            host: The address to listen on. On any address but loopback, other machines can read the page.
            port: The port; 0 picks a free one.

        Raises:
            SdkNotOpen: The SDK is not open.
            MissingExtra: The extra `web` is not installed.
            WrongEventLoop: It is not called inside the event loop of the SDK.
            QcaasError: It cannot listen on that address.
        """
        return self._bridge.now(lambda: self._handle.dashboard(control=control, host=host, port=port))

    def sign_in(self, prompt: "_oidc.Prompt | None" = None) -> "_oidc.Identity":
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
        return self._bridge.wait(lambda: self._handle.sign_in(prompt))

    def sign_out(self) -> bool:
        """Forget the tokens, on this machine too, and revoke them at the provider. The SDK need not be open.

        Returns:
            Whether there were any.

        Raises:
            SignInFailed: The provider refuses to revoke them; they are forgotten anyway.
            InvalidArgument: The credential is a token or a password.
            TokenCacheError: The token cache cannot be used.
            TransportError: The provider cannot be reached; they are forgotten anyway.
        """
        return self._bridge.wait(self._handle.sign_out)

    @property
    def default_qpu_id(self) -> str | None:
        """The QPU for jobs without a `qpu_id`."""
        return self._handle.default_qpu_id

    def set_default_qpu(self, qpu_id: str) -> None:
        """Set the QPU for jobs without a `qpu_id`.

        Raises:
            UnknownQpu: The SDK is open and there is no such QPU.
            InvalidArgument: `qpu_id` is not text.
        """
        self._bridge.now(lambda: self._handle.set_default_qpu(qpu_id))

    def list_qpus(self) -> list[dict[str, Any]]:
        """The active QPUs, as the service describes them (`id`, `name`, `url`, `feature_set`, …)."""
        return self._bridge.wait(self._handle.list_qpus)

    def get_features(self, qpu_id: str | None = None) -> dict[str, Any]:
        """What a QPU can do, as the service describes it.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        return self._bridge.wait(lambda: self._handle.get_features(qpu_id))

    def get_system_status(self, qpu_id: str | None = None) -> list[dict[str, Any]]:
        """The status of one QPU's system, or of all QPUs if you name none, as the service describes it.

        Raises:
            UnknownQpu: There is no such QPU.
        """
        return self._bridge.wait(lambda: self._handle.get_system_status(qpu_id))

    def get_calibration(
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
        return self._bridge.wait(lambda: self._handle.get_calibration(qpu_id, date_filter))

    def get_next_window(self, qpu_id: str | None = None) -> datetime | None:
        """When a QPU's next access window begins, in UTC; None if none is planned.

        Raises:
            NotInThisApi: The service has API v4, which has no windows.
            UnknownQpu: There is no such QPU.
        """
        return self._bridge.wait(lambda: self._handle.get_next_window(qpu_id))

    def wait_time(self, qpu_id: str | None = None) -> WaitEstimate:
        """When the service expects a task to start that you submit now to a QPU. It is not a promise.

        Raises:
            NotInThisApi: The service has API v4, which has no estimates.
            UnknownQpu: There is no such QPU.
        """
        return self._bridge.wait(lambda: self._handle.wait_time(qpu_id))

    def record_requests(self, most: int = 10000) -> None:
        """Record from now on which requests are sent, for `job.sequence_diagram()`.

        Method, path, status and times are kept in memory: no body, no header, no query. Before you call this, nothing
        is recorded.

        Args:
            most: How many requests are kept, the latest ones.

        Raises:
            InvalidArgument: `most` is not a number of at least 1.
        """
        self._bridge.now(lambda: self._handle.record_requests(most))
