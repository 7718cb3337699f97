"""A provider of the embedded QPU. Its simulator process starts once: it is handed on from provider to provider."""

from collections.abc import Iterator

import pytest

from qcaas_sdk.local import LocalSettings
from qcaas_sdk.qiskit import OqcBackend, OqcProvider


@pytest.fixture
def provider() -> Iterator[OqcProvider]:
    with OqcProvider.local(LocalSettings(seed=11)) as provider:
        yield provider


@pytest.fixture
def backend(provider: OqcProvider) -> OqcBackend:
    return provider.get_backend()
