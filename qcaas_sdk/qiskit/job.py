"""A Qiskit job: circuits that run together."""

import concurrent.futures
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from qiskit.providers import BackendV2, JobError, JobStatus, JobV1
from qiskit.providers.jobstatus import JOB_FINAL_STATES
from qiskit.result import Result

from qcaas_sdk._programs.config import Config
from qcaas_sdk._record import JobState
from qcaas_sdk.errors import QcaasError
from qcaas_sdk.job import record_of_job
from qcaas_sdk.qiskit.connection import Connection
from qcaas_sdk.qiskit.errors import ResultTimeout
from qcaas_sdk.qiskit.experiment import Experiment
from qcaas_sdk.qiskit.results import result_of
from qcaas_sdk.qiskit.retrieval import experiment_from, experiment_of_job, kept
from qcaas_sdk.sync.bridge import begun, outcome_for, with_async
from qcaas_sdk.sync.composite import CompositeJob
from qcaas_sdk.sync.outputs import JobOutput, JobOutputProxy

_STATUS = {
    JobState.CREATED: JobStatus.INITIALIZING,
    JobState.SUBMITTED: JobStatus.QUEUED,
    JobState.RUNNING: JobStatus.RUNNING,
    JobState.COMPLETED: JobStatus.DONE,
    JobState.FAILED: JobStatus.ERROR,
    JobState.CANCELLED: JobStatus.CANCELLED,
}


class OqcJob(JobV1):  # type: ignore[misc]  # Qiskit has no types
    """Circuits that run together, on top of a `CompositeJob`; made by `OqcBackend.run`.

    Its ID is the tag of its tasks on the service. An error of the connection does not end the job: the call raises
    the error, and the next call continues.
    """

    def __init__(
        self,
        backend: BackendV2,
        job_id: str,
        connection: Connection,
        experiments: Sequence[Experiment],
        configs: Sequence[Config],
        *,
        memory: bool,
    ) -> None:
        """Nothing is sent before `submit`.

        Args:
            backend: Where it runs.
            job_id: An id that no other job has.
            connection: The way to the service.
            experiments: What is sent for each circuit.
            configs: How each is compiled and read out.
            memory: Whether the result lists the shots.
        """
        super().__init__(backend, job_id)
        self._connection = connection
        self._experiments = tuple(experiments)
        self._configs = tuple(configs)
        self._memory = memory
        self._composite: CompositeJob | None = None
        self._end: concurrent.futures.Future[Any] | None = None
        self._result: Result | None = None
        self._lock = threading.Lock()

    def submit(self) -> None:
        """Send the circuits; returns when the service has accepted them. `OqcBackend.run` calls it for you.

        A circuit that the service refuses fails alone.

        Raises:
            qiskit.providers.JobError: It was submitted before.
            QcaasError: The service cannot be used now, and has accepted none of them.
        """
        if self._composite is not None:
            raise JobError(
                f"the job {self.job_id()} is already submitted: to run the circuits again, call backend.run()"
            )
        self._submit()

    def status(self) -> JobStatus:
        """The status of the job. ERROR if one circuit failed; the results of the others are still available.

        Raises:
            QcaasError: The service cannot be reached. The job continues; call again.
        """
        if self._composite is None:
            return JobStatus.INITIALIZING
        self._until_ended()
        return _STATUS[self._composite.state]

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the end and return the result: one entry for each circuit, in their order.

        A circuit that failed or was cancelled has an entry with `success` False and the reason in `status`;
        `get_counts` of it raises an error with this reason.

        Args:
            timeout: Seconds until `ResultTimeout`; None for no deadline.

        Raises:
            ResultTimeout: It did not end in time. It continues.
            QcaasError: The service cannot be reached. The job continues; call again.
        """
        self.wait_for_final_state(timeout)
        with self._lock:
            if self._result is None:
                self._result = result_of(
                    backend=self.backend().name,
                    job_id=self.job_id(),
                    experiments=self.experiments,
                    outputs=self.outputs,
                    memory=self._memory,
                )
            return self._result

    def wait_for_final_state(
        self,
        timeout: float | None = None,
        wait: float = 5,
        callback: Callable[[str, JobStatus, "OqcJob"], object] | None = None,
    ) -> None:
        """Wait for the end; it returns as soon as that is known.

        Args:
            timeout: Seconds until `ResultTimeout`; None for no deadline.
            wait: Seconds between two calls of `callback`.
            callback: Called with the job's id, its status and the job, until it has ended.

        Raises:
            ResultTimeout: It did not end in time. It continues.
            QcaasError: As `status`.
        """
        composite = self._submitted()
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.status()) not in JOB_FINAL_STATES:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise ResultTimeout(
                    f"the job {self.job_id()} did not end in {timeout:g} s; it continues: call "
                    "result() again, or cancel()",
                    composite,
                )
            if callback is not None:
                callback(self.job_id(), status, self)
            pauses = [pause for pause in (left, None if callback is None else wait) if pause is not None]
            end = self._until_ended()
            if end is not None:
                concurrent.futures.wait([end], min(pauses, default=None))

    def cancel(self) -> bool:
        """Cancel the circuits that have not ended. The state is what the service says, and you keep existing results.

        Returns:
            Whether the whole job is cancelled now.

        Raises:
            QcaasError: The service sent no valid answer. The state of the job does not change.
        """
        composite = self._submitted()
        if not composite.ended:
            composite.cancel()
        return composite.state is JobState.CANCELLED

    @property
    def outputs(self) -> JobOutputProxy[JobOutput]:
        """The SDK's output of each circuit: results with timings and metrics, errors with codes."""
        return self._submitted().outputs

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """What was sent for each circuit; of a task that another program submitted, what its result shows."""
        if not self._experiments and self._composite is not None and self._composite.ended:
            shots = [getattr(job.config, "repeats", None) or 0 for job in self._composite.leaves()]
            self._experiments = tuple(map(experiment_from, self.outputs, shots))
        return self._experiments

    def task_ids(self) -> list[str | None]:
        """The service's id of each circuit's task; None for one that has none yet."""
        return [job.task_id for job in self._submitted().leaves()]

    def __repr__(self) -> str:
        state = "not submitted" if self._composite is None else self._composite.state
        return f"OqcJob({self.job_id()!r}, {self.backend().name!r}, circuits={self._size}, {state})"

    @property
    def _size(self) -> int:
        return len(self._experiments) if self._composite is None else len(list(self._composite.leaves()))

    def _submitted(self) -> CompositeJob:
        if self._composite is None:
            raise JobError(f"the job {self.job_id()} is not submitted: call submit() first")
        return self._composite

    def _submit(self) -> None:
        composite = self._connection.sdk.create_job(
            program=[experiment.program for experiment in self._experiments],
            qpu_id=self.backend().name,
            config=list(self._configs),
            tag=self.job_id(),
            name=self.job_id(),
            user_metadata=[kept(experiment) for experiment in self._experiments],
        )
        self._composite = composite
        try:
            composite.submit()
        except QcaasError:
            records = [record_of_job(with_async(job)) for job in composite.leaves()]
            if all(record.state is JobState.CREATED and not record.run.in_doubt for record in records):
                self._composite = None
                raise
            # The service has some of them, or may have: `wait` goes on with the others, and tells what is wrong.

    def _until_ended(self) -> "concurrent.futures.Future[Any] | None":
        """The wait for the end, which also keeps the states fresh; None when nothing is left to wait for.

        Raises:
            QcaasError: The wait failed. The next call waits again.
        """
        composite = self._submitted()
        with self._lock:
            if self._end is not None and self._end.done():
                end, self._end = self._end, None
                outcome_for(composite, end)
            if composite.ended:
                return None
            if self._end is None:
                self._end = begun(composite, lambda waiting: waiting.wait())
            return self._end


def job_on(backend: BackendV2, job_id: str, connection: Connection, composite: CompositeJob) -> OqcJob:
    """The job on jobs that exist; for `OqcProvider.retrieve_job`."""
    experiments = [experiment_of_job(job) for job in composite.leaves()]
    known = [experiment for experiment in experiments if experiment is not None]
    job = OqcJob(backend, job_id, connection, known if len(known) == len(experiments) else (), (), memory=False)
    job._composite = composite
    return job
