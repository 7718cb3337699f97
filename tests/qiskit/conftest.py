"""A provider of the embedded QPU, whose simulator process is handed on from provider to provider."""

from collections.abc import Iterator

import pytest

from qcaas_sdk.local import LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcProvider
from tests.qiskit.circuits import bell


@pytest.fixture(scope="session")
def simulator() -> None:
    """Have the process started: a job that waits for that would teach its SDK that jobs take seconds."""
    with OqcProvider.local() as provider:
        provider.get_backend().run(bell()).result()


@pytest.fixture
def provider(simulator: None) -> Iterator[OqcProvider]:
    with OqcProvider.local(LocalSettings(seed=11)) as provider:
        yield provider


@pytest.fixture
def backend(provider: OqcProvider) -> OqcBackend:
    return provider.get_backend()
