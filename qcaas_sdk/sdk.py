"""`OqcSdk`: the connection to a service. It puts the parts together: HTTP client, callbacks, polling, jobs."""

import random
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast, get_args

from attrs import evolve

from qcaas_sdk import _callbacks, _factory, _oidc, _polling, _service
from qcaas_sdk._base.api_version import Api
from qcaas_sdk._base.clock import Clock, SystemClock
from qcaas_sdk._guards import arguments
from qcaas_sdk._http import Credential, HttpTransport, credential_from
from qcaas_sdk._journal import EMBEDDED_URL
from qcaas_sdk._record import MAX_DELIVERY_S, Budget, Limits
from qcaas_sdk._sdk.new_jobs import NewJobs
from qcaas_sdk.statechart import Chart

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings
    from qcaas_sdk.local.noise import NoiseArgument


class AsyncSdk(NewJobs):
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
        `OQC_ENTRA_…` or `OQC_OIDC_…`. `options` are passed to the constructor. `OQC_QCAAS_V4` says whether
        the service has the API v4 ("1", "true", "yes" or "on") or v3 ("0", "false", "no" or "off"); if it is empty or
        not set, the SDK finds out.

        Raises:
            QcaasError: `OQC_URL` is not set.
            InvalidArgument: `OQC_URL` or `OQC_QCAAS_V4` has a wrong value, or variables of a sign-in are missing or
                do not fit together.
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
            "no-account",
            default_qpu_id=next((qpu.id for qpu in settings.qpus if qpu.active), None),
            api=settings.api.value,
            journal=journal,
            http_transport=LocalTransport(settings),
            job_chart=job_chart,
            callbacks=callbacks,
            max_in_flight=max_in_flight,
            budget=budget,
        )


def factory_of(sdk: AsyncSdk) -> "_factory.JobFactory":
    """The factory of an SDK's jobs; for other modules of this package."""
    return sdk._jobs
