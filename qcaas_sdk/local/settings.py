"""How an embedded QPU behaves. By default it is fast and has no faults."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from datetime import datetime
from enum import StrEnum
from typing import Self

from attrs import Attribute, Factory, evolve, field, frozen

from qcaas_sdk._guards import arguments
from qcaas_sdk.errors import InvalidArgument
from qcaas_sdk.local.calibration import Calibration
from qcaas_sdk.local.faults import LocalFault
from qcaas_sdk.local.noise import Noise, NoiseArgument, read_noise
from qcaas_sdk.local.simulator.engines import EngineName

DEFAULT_QPU_ID = "qpu:local:1:aer"
DEFAULT_QUBITS = 32
"""Of a QPU without a calibration."""

MAX_NUMBER = 2**63 - 1
"""The largest whole number of a setting."""
MAX_WORKERS = max(16, 4 * (os.cpu_count() or 1))
"""How many processes simulate at most."""


def _at_least_0(_: object, attribute: "Attribute[float]", value: float) -> None:
    if arguments.seconds_or_none(value, attribute.name) is None:
        raise arguments.wrong(attribute.name, "a finite number of seconds", value)


def _at_least_1(_: object, attribute: "Attribute[int]", value: int) -> None:
    arguments.whole(value, attribute.name, least=1, most=MAX_NUMBER)


class ApiVersion(StrEnum):
    """The version of the service's API."""

    V3 = "v3"
    """A hub with logins, and tokens in the header `Authentication-Token`."""
    V4 = "v4"
    """A gateway with bearer tokens, and sign-in with OpenID Connect."""


class DuplicateSubmission(StrEnum):
    """The response when a task is submitted a second time. It never runs twice."""

    CONFLICT = "conflict"
    """Status 409."""
    REFUSE = "refuse"
    """Status 400."""
    IGNORE = "ignore"
    """Status 200, as for the first submission."""


@frozen
class Window:
    """A time in which a QPU takes tasks from its queue.

    Attributes:
        start: Its first moment, with a time zone.
        end: Its last moment, with a time zone.
        description: A description for people.
    """

    start: datetime
    end: datetime
    description: str = ""

    def __attrs_post_init__(self) -> None:
        for name in ("start", "end"):
            if not isinstance(moment := getattr(self, name), datetime):
                raise arguments.wrong(name, "a datetime", moment)
        arguments.text(self.description, "description", empty=True)
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidArgument(
                "a window's start and end need a time zone: datetime(..., tzinfo=UTC)", argument="start"
            )
        if self.end <= self.start:
            raise InvalidArgument(f"a window must end after it starts: {self.start} to {self.end}", argument="end")


def _tuple_of_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    return arguments.each(windows, "windows", Window)


def _active(active: bool) -> bool:
    return arguments.flag(active, "active")


def _default_qubits(qpu: "LocalQpu") -> int:
    return len(qpu.noise.qubits) if isinstance(qpu.noise, Calibration) else DEFAULT_QUBITS


@frozen
class LocalQpu:
    """One QPU of the embedded service.

    Attributes:
        id: Its id, in the form of the service's own ids.
        name: A name for people.
        qubits: How many qubits a program can use; by default 32, or those of the calibration.
        active: False for a QPU that is listed but does not accept tasks.
        queue_delay_s: The shortest time, in seconds, between the submission of a task and its start.
        seconds_per_shot: The shortest time of a run, in seconds per shot.
        max_shots: The largest number of shots (repeats) of a task.
        windows: When the QPU takes tasks from its queue; empty for always.
        noise: Its noise: a `Calibration`, the path of a calibration file, the content of such a file, the name of a
            preset ("toshiko"), or a `NoiseModel` of Qiskit Aer. With a calibration, gates couple neighbours only, so
            programs are routed. None for no noise.
    """

    id: str = DEFAULT_QPU_ID
    name: str = "Embedded QPU"
    noise: Noise | None = field(default=None, converter=read_noise, kw_only=True)
    qubits: int = field(default=Factory(_default_qubits, takes_self=True), validator=_at_least_1)
    active: bool = field(default=True, converter=_active)
    queue_delay_s: float = field(default=0.0, validator=_at_least_0)
    seconds_per_shot: float = field(default=0.0, validator=_at_least_0)
    max_shots: int = field(default=100_000, validator=_at_least_1)
    windows: tuple[Window, ...] = field(default=(), converter=_tuple_of_windows)

    def __attrs_post_init__(self) -> None:
        arguments.text(self.id, "id")
        arguments.text(self.name, "name", empty=True)
        if isinstance(self.noise, Calibration):
            calibrated = len(self.noise.qubits)
            if self.qubits > calibrated:
                raise InvalidArgument(
                    f"the QPU has {self.qubits} qubits, and its calibration has {calibrated}: leave out `qubits`, or "
                    "lower it",
                    argument="qubits",
                )
            object.__setattr__(self, "noise", self.noise.first(self.qubits))

    @property
    def pairs(self) -> list[tuple[int, int]] | None:
        """The qubits that a gate can couple, as far as the noise says it; None if it does not."""
        return sorted(self.noise.pairs) if isinstance(self.noise, Calibration) else None


def _tuple_of_qpus(qpus: Iterable[LocalQpu]) -> tuple[LocalQpu, ...]:
    return arguments.each(qpus, "qpus", LocalQpu)


def _tuple_of_faults(faults: Iterable[LocalFault]) -> tuple[LocalFault, ...]:
    return arguments.each(faults, "faults", LocalFault)


def _tuple_of_tokens(tokens: Iterable[str]) -> tuple[str, ...]:
    try:
        return arguments.each(tokens, "expired_tokens", str)
    except InvalidArgument:  # without the value: it is a secret
        raise InvalidArgument("expired_tokens must be a sequence of text", argument="expired_tokens") from None


def _engine(name: object) -> EngineName:
    return EngineName(name) if isinstance(name, str) else arguments.member(name, "engine", EngineName)


def _api(version: ApiVersion | str) -> ApiVersion:
    return arguments.member(version, "api", ApiVersion)


def _duplicate_submission(answer: DuplicateSubmission | str) -> DuplicateSubmission:
    return arguments.member(answer, "duplicate_submission", DuplicateSubmission)


@frozen
class LocalSettings:
    """The embedded service as a whole.

    Attributes:
        qpus: Its QPUs.
        engine: The name of the engine that runs the programs; see `EngineName`.
        api: The version of its API; see `ApiVersion`.
        seed: Makes results and faults repeatable: the n-th task submitted to a QPU always gets the same counts.
        token: The only authentication token that is accepted; None accepts any.
        expired_tokens: Tokens that are rejected as expired.
        email: The only account that can log in; None accepts any.
        password: Its password; None accepts any.
        token_life_s: Seconds after which a token from a login or a sign-in expires; None for never.
        duplicate_submission: The response to a second submission of a task.
        reservation_life_s: Seconds after which an id that was reserved but not submitted is EXPIRED; None for never.
        max_reservations: How many ids can be reserved and not yet submitted at one time.
        time_limit_s: The longest time of one task, in seconds, from its program to its results; None for no limit. A
            task that takes longer fails.
        simulations: How many tasks are simulated at one time. After a second, the next task of the QPU starts too, so
            that an endless program does not block the queue.
        workers: How many processes simulate; None for one, at most four per core or 16. A program that takes longer
            than a second does not count, up to `simulations`. With an executor: how many batches of programs it gets
            at one time; None for 64.
        executor: What simulates instead of child processes: any `concurrent.futures.Executor`, such as a process
            pool or that of a Dask client, or a function that makes one. What a function makes is made again if it
            breaks, and shut down at the end. Its processes need this package, with the extra `local`. It cannot stop
            a run: a result that nobody waits for is discarded.
        memory_limit_bytes: The memory limit of one simulation; None for the free memory of the machine.
        faults: The faults to inject; see `LocalFault`.
    """

    qpus: tuple[LocalQpu, ...] = field(default=(LocalQpu(),), converter=_tuple_of_qpus)
    engine: EngineName = field(default=EngineName.AER, converter=_engine)
    api: ApiVersion = field(default=ApiVersion.V3, converter=_api, kw_only=True)
    seed: int | None = None
    token: str | None = field(default=None, repr=False)
    expired_tokens: tuple[str, ...] = field(default=(), repr=False, converter=_tuple_of_tokens)
    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token_life_s: float | None = None
    duplicate_submission: DuplicateSubmission = field(
        default=DuplicateSubmission.CONFLICT, converter=_duplicate_submission
    )
    reservation_life_s: float | None = 86_400.0
    max_reservations: int = field(default=200_000, validator=_at_least_1)
    time_limit_s: float | None = 60.0
    simulations: int = field(default=4, validator=_at_least_1)
    workers: int | None = None
    executor: "Executor | Callable[[], Executor] | None" = field(default=None, repr=False)
    memory_limit_bytes: int | None = None
    faults: tuple[LocalFault, ...] = field(default=(), converter=_tuple_of_faults)

    def __attrs_post_init__(self) -> None:
        for name in ("token_life_s", "reservation_life_s", "time_limit_s"):
            arguments.seconds_or_none(getattr(self, name), name)
        if self.workers is not None:
            arguments.whole(self.workers, "workers", least=1, most=MAX_NUMBER)
            if self.executor is None and self.workers > MAX_WORKERS:
                raise InvalidArgument(
                    f"workers can be at most {MAX_WORKERS} on this machine, not {self.workers}: each is a process, "
                    "and more of them than cores only take memory. executor= can use several machines",
                    argument="workers",
                )
        if self.executor is not None and not isinstance(self.executor, Executor) and not callable(self.executor):
            raise arguments.wrong(
                "executor", "a concurrent.futures.Executor, or a function that makes one", self.executor
            )
        if self.memory_limit_bytes is not None:
            arguments.whole(self.memory_limit_bytes, "memory_limit_bytes", least=1, most=MAX_NUMBER)
        if self.seed is not None:
            arguments.whole(self.seed, "seed", least=0, most=MAX_NUMBER)
        secrets: dict[str, object] = {"token": self.token, "email": self.email, "password": self.password}
        for name, secret in secrets.items():
            if secret is not None and not isinstance(secret, str):  # it is not shown
                raise InvalidArgument(f"{name} must be text or None", argument=name)
        ids = [qpu.id for qpu in self.qpus]
        if len(set(ids)) != len(ids):
            raise InvalidArgument(f"two QPUs have the same id: {', '.join(sorted(ids))}", argument="qpus")

    def with_noise(self, noise: NoiseArgument) -> Self:
        """The same settings, with this noise on every QPU; a QPU has no more qubits than a calibration.

        Args:
            noise: As for `LocalQpu`.

        Raises:
            InvalidArgument: It is not noise.
        """
        found = read_noise(noise)
        most = len(found.qubits) if isinstance(found, Calibration) else MAX_NUMBER
        return evolve(self, qpus=[evolve(qpu, noise=found, qubits=min(qpu.qubits, most)) for qpu in self.qpus])
