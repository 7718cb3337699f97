"""The provider: a service's QPUs as Qiskit backends."""

import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qcaas_sdk._base.text import one_line
from qcaas_sdk.errors import BadAnswer
from qcaas_sdk.qiskit.backend import OqcBackend
from qcaas_sdk.qiskit.connection import Connection
from qcaas_sdk.qiskit.errors import BackendNotFound
from qcaas_sdk.qiskit.job import OqcJob, job_on
from qcaas_sdk.qiskit.retrieval import found
from qcaas_sdk.qiskit.target import Features
from qcaas_sdk.sync.sdk import OqcSdk

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings

_Qpu = dict[str, Any]
"""One entry of the service's list of QPUs."""


class OqcProvider:
    """A connection to a QCaaS service, with its QPUs as backends.

    It opens at the first call, or as a context manager. It closes at the end of the `with` block, with `close()`, or
    when your code no longer uses it, its backends or its jobs. Its SDK runs in its own thread, so it works with and
    without an event loop of yours.
    """

    def __init__(self, url: str, authentication_token: str | None = None, **options: Any) -> None:
        """Set up a connection; nothing is sent yet.

        Args:
            url: The service's address, as `https://…`.
            authentication_token: A token of the user's account.
            options: Anything else that `OqcSdk` takes: `email`, `password`, `default_qpu_id`, `journal`, …

        Raises:
            ValueError: The URL or the credential cannot be used as given.
        """
        self._connection = Connection(OqcSdk(url, authentication_token, **options))

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """A provider for the service and the credential in the environment, as `OqcSdk.from_env`.

        Args:
            options: Anything else that `OqcSdk` takes.

        Raises:
            QcaasError: `OQC_URL` is not set.
        """
        return cls._over(OqcSdk.from_env(**options))

    @classmethod
    def local(cls, settings: "LocalSettings | None" = None, **options: Any) -> Self:
        """A provider of the embedded QPU: a simulator behind the same API. It needs no account and no network.

        Args:
            settings: How it behaves; by default one fast QPU.
            options: Anything else that `OqcSdk.local` takes.

        Raises:
            MissingExtra: The extra `local` is not installed.
        """
        return cls._over(OqcSdk.local(settings, **options))

    @classmethod
    def _over(cls, sdk: OqcSdk) -> Self:
        provider = cls.__new__(cls)
        provider._connection = Connection(sdk)
        return provider

    def backends(self) -> list[OqcBackend]:
        """The QPUs that are active now.

        Raises:
            QcaasError: The service cannot be used now.
        """
        sdk = self._connection.sdk
        return [self._made(*_with_features(sdk, qpu)) for qpu in sdk.list_qpus()]

    def get_backend(self, name: str | None = None) -> OqcBackend:
        """One QPU.

        Args:
            name: Its id or its name; by default the SDK's default QPU, or the only one.

        Raises:
            BackendNotFound: No active QPU has that name, or you named none and there are several.
            QcaasError: The service cannot be used now.
        """
        return self._made(*_one_qpu(self._connection.sdk, name))

    def retrieve_job(self, job_id: str) -> OqcJob:
        """A job by its id, without submitting anything.

        Args:
            job_id: The `job_id()` of an `OqcJob`, if your process still uses it or the provider has a journal
                (`journal=`) that it is in; or the id of a task at the service, which another program may have
                submitted. Then the result has no metadata of the circuit.

        Raises:
            UnknownTask: The journal has no such job, and the service no such task for this account.
            BackendNotFound: Its QPU is not active now.
            QcaasError: The service cannot be used now.
        """
        composite = found(self._connection.sdk, job_id)
        backend = self.get_backend(next(composite.leaves()).qpu_id)
        return job_on(backend, job_id, self._connection, composite)

    def close(self) -> None:
        """Disconnect. Results that have arrived can still be read; submitted jobs continue on the service.

        Raises:
            JournalError: As `OqcSdk.close`.
        """
        self._connection.close()

    def __enter__(self) -> Self:
        self._connection.sdk  # noqa: B018  # opens it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OqcProvider({self._connection!r})"

    def _made(self, qpu: _Qpu, features: dict[str, Any] | None) -> OqcBackend:
        if features is None:
            warnings.warn(
                one_line(f"the service did not send the features of {qpu['id']}, so its target has no limits"),
                stacklevel=3,
            )
        return OqcBackend(
            self,
            self._connection,
            qpu_id=qpu["id"],
            qpu_name=qpu.get("name"),
            features=Features.read(features or {}),
        )


def _one_qpu(sdk: OqcSdk, name: str | None) -> tuple[_Qpu, dict[str, Any] | None]:
    qpus = sdk.list_qpus()
    wanted = name or sdk.default_qpu_id
    found = [qpu for qpu in qpus if wanted is None or wanted in {qpu["id"], qpu.get("name")}]
    if len(found) != 1:
        active = ", ".join(f"{qpu['id']} ({qpu.get('name', '')})" for qpu in qpus)
        which = "no backend was named" if wanted is None else f"{len(found)} backends have the name {wanted!r}"
        raise BackendNotFound(f"{which}; pass one of the active QPUs: {active or 'none'}")
    return _with_features(sdk, found[0])


def _with_features(sdk: OqcSdk, qpu: _Qpu) -> tuple[_Qpu, dict[str, Any] | None]:
    try:
        return qpu, sdk.get_features(qpu["id"])
    except BadAnswer:  # not worth more than a warning: the contract fixes nothing of what is in them
        return qpu, None
