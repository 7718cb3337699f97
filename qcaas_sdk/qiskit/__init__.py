"""QPUs of a QCaaS service as Qiskit backends.

    with OqcProvider.local() as provider:
        backend = provider.get_backend()
        counts = backend.run(transpile(circuit, backend), shots=1000).result().get_counts()

It needs the extra `qiskit`. You need no event loop, and it works inside a running one too.
"""

from qcaas_sdk.errors import MissingExtra

try:
    from qcaas_sdk.qiskit.backend import OqcBackend
    from qcaas_sdk.qiskit.errors import BackendNotFound, ResultTimeout, UnsupportedCircuit
    from qcaas_sdk.qiskit.job import OqcJob
    from qcaas_sdk.qiskit.provider import OqcProvider
    from qcaas_sdk.qiskit.sampler import SamplerJob, SamplerV2
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] not in {"qiskit", "numpy"}:
        raise
    raise MissingExtra("the Qiskit provider", "qiskit") from error

__all__ = [
    "BackendNotFound",
    "OqcBackend",
    "OqcJob",
    "OqcProvider",
    "ResultTimeout",
    "SamplerJob",
    "SamplerV2",
    "UnsupportedCircuit",
]
