"""`OqcSdk`: the connection to a service. It makes jobs and connects them to charts, callbacks and the HTTP client."""

import random
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, cast, get_args, overload

from attrs import evolve

from qcaas_sdk import _callbacks, _factory, _oidc, _polling, _service
from qcaas_sdk._base.api_version import Api
from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._factory.job_options import CompositeOptions, JobOptions
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata, metadata_of_each, name_or_none
from qcaas_sdk._http import Credential, HttpTransport, credential_from
from qcaas_sdk._journal import EMBEDDED_URL
from qcaas_sdk._programs.config import Config, Mitigation, Optimize
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._programs.parameter_values import Parameters
from qcaas_sdk._record import MAX_DELIVERY_S, Budget, Limits
from qcaas_sdk._sdk.known_jobs import KnownJobs
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import InvalidArgument, QcaasError
from qcaas_sdk.job import Job
from qcaas_sdk.statechart import Chart

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings
    from qcaas_sdk.local.noise import NoiseArgument

P = TypeVar("P", bound=Program)
C = TypeVar("C", bound=Config)


class AsyncSdk(KnownJobs):
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
        policy = _factory.policy_of(job_chart, callbacks)
        limits = Limits.of(max_in_flight, budget)
        kept = None if journal is None else arguments.path(journal, "journal")
        clock = clock or SystemClock()
        # For jitter, not for secrets. Seeded by `random`, so `random.seed` and Hypothesis can reproduce a run.
        rng = random.Random(random.getrandbits(64))  # noqa: S311
        super().__init__(
            url,
            credential_from(authentication_token, email, password) if credential is None else credential,
            default_qpu_id,
            api=api,
            allowed_hosts=allowed_hosts,
            http_transport=http_transport,
            clock=clock,
            rng=rng,
        )
        self._scheduler = _polling.PollScheduler(
            clock, rng, self._monitoring.forecast, self._guard, self._registry.recent_errors
        )
        self._tasks = _service.Tasks(self._transport, self._registry)
        effects = _callbacks.JobEffects(self._tasks, clock, rng, max_delivery_s)
        self._jobs = _factory.JobFactory(
            effects, clock, self._scheduler, kept, self._guard, policy, limits, self._estimate, self._transport.log
        )

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
        return cls(**_oidc.service_from_env(options))

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

    # Jobs.

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
        """Create a job, or a composite if you pass lists. Nothing is sent until you submit, execute or await it.

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
            check: Check before sending: size, the QPU's limit of shots and, with the extra `check`, OpenQASM syntax
                and undeclared registers.
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
        from qcaas_sdk._factory import requests  # noqa: PLC0415  # the checks of programs

        self._require_open("create_job")
        fetch_diagnostics = arguments.flag(fetch_diagnostics, "fetch_diagnostics")
        options: JobOptions = {
            "optimize": optimize,
            "error_mitigation": error_mitigation,
            "check": arguments.flag(check, "check"),
            "tag": arguments.tag_or_none(tag),
            "hybrid_marker": None if hybrid_marker is None else arguments.text(hybrid_marker, "hybrid_marker"),
        }
        many = any(isinstance(given, list | tuple) for given in (program, qpu_id, config, shots, parameters))
        limits = Limits.of(max_in_flight, budget)
        if limits and not many:
            limit = "budget" if max_in_flight is None else "max_in_flight"
            raise InvalidArgument(
                f"{limit} is for a list of programs, configurations or parameters; OqcSdk({limit}=…) is for all jobs",
                argument=limit,
            )
        name = name_or_none(name)
        self._jobs.names.check(name)
        try:
            made = requests.requests(
                program,
                qpu_id,
                config,
                options,
                shots=shots,
                parameters=parameters,
                qpu=self._usable_qpu,
                features=self._registry.known_features,
            )
        except QcaasError as error:
            raise error.with_traceback(None) from error.__cause__  # only the frames that help a user
        own = metadata_of_each(user_metadata, len(made), many=many)
        jobs = [
            self._jobs.job(
                request,
                fetch_diagnostics=fetch_diagnostics,
                name=None if many else name,
                user_metadata=metadata,
            )
            for request, metadata in zip(made, own, strict=True)
        ]
        return self._jobs.composite(jobs, name, limits) if many else jobs[0]


def factory_of(sdk: AsyncSdk) -> "_factory.JobFactory":
    """The factory of an SDK's jobs; for other modules of this package."""
    return sdk._jobs
