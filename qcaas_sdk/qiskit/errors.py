"""Errors that are of Qiskit's family too, where Qiskit's users expect one of theirs."""

from qiskit.exceptions import QiskitError
from qiskit.providers import JobTimeoutError, QiskitBackendNotFoundError

from qcaas_sdk._base.text import one_line
from qcaas_sdk.errors import InvalidProgram, UnknownQpu
from qcaas_sdk.sync.composite import CompositeJob
from qcaas_sdk.sync.errors import JobTimeout


class UnsupportedCircuit(InvalidProgram, QiskitError):  # type: ignore[misc]  # Qiskit has no types
    """A circuit cannot be sent. No circuit of its batch was sent."""

    def __init__(self, message: str) -> None:
        QiskitError.__init__(self, message)

    def __str__(self) -> str:
        return one_line(str(self.message))


class BackendNotFound(UnknownQpu, QiskitBackendNotFoundError):  # type: ignore[misc]  # Qiskit has no types
    """No active QPU has that name, or several have it."""

    def __init__(self, message: str) -> None:
        QiskitBackendNotFoundError.__init__(self, message)


class ResultTimeout(JobTimeout, JobTimeoutError):  # type: ignore[misc]  # Qiskit has no types
    """The job did not end in time. It continues: wait again, or cancel it."""

    def __init__(self, message: str, job: CompositeJob) -> None:
        super().__init__(message, job)
        self.message = message
