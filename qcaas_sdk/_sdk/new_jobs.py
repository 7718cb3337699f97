"""The jobs that an SDK makes: `create_job`."""

from collections.abc import Sequence
from typing import Any, TypeVar, Unpack, overload

from qcaas_sdk._factory.job_options import CompositeOptions, JobOptions
from qcaas_sdk._guards import arguments
from qcaas_sdk._guards.labels import UserMetadata, metadata_of_each, name_or_none
from qcaas_sdk._programs.config import Config, Mitigation, Optimize
from qcaas_sdk._programs.convert import Program
from qcaas_sdk._programs.parameter_values import Parameters
from qcaas_sdk._record import Budget, Limits
from qcaas_sdk._sdk.known_jobs import KnownJobs
from qcaas_sdk.composite import CompositeJob
from qcaas_sdk.errors import InvalidArgument, QcaasError
from qcaas_sdk.job import Job

P = TypeVar("P", bound=Program)
C = TypeVar("C", bound=Config)


class NewJobs(KnownJobs):
    """The part of `OqcSdk` that makes jobs."""

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
