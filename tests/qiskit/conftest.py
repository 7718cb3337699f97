"""One provider for the tests that only run circuits: its simulator process starts once."""

from collections.abc import Iterator

import pytest

from qcaas_sdk.local import LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcProvider


@pytest.fixture(scope="session")
def provider() -> Iterator[OqcProvider]:
    with OqcProvider.local(LocalSettings(seed=11)) as provider:
        yield provider


@pytest.fixture(scope="session")
def backend(provider: OqcProvider) -> OqcBackend:
    return provider.get_backend()
