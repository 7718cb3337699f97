"""Where backends come from."""

import subprocess
import sys
import textwrap

import httpx
import pytest
from qiskit.providers import QiskitBackendNotFoundError

from qcaas_sdk import QcaasError, UnknownQpu
from qcaas_sdk.local import LocalCloud, LocalQpu, LocalSettings
from qcaas_sdk.qiskit import BackendNotFound, OqcProvider
from qcaas_sdk.testing import SimulatedCloud, SimulatedQpu
from tests.qiskit.circuits import bell

pytestmark = pytest.mark.slow

ONE, TWO, OFF = LocalQpu("qpu:1", "Lucy"), LocalQpu("qpu:2", "Toshiko"), LocalQpu("qpu:3", active=False)


def test_backends_are_the_active_qpus_by_id_or_name() -> None:
    with OqcProvider.local(LocalSettings(qpus=(ONE, TWO, OFF))) as provider:
        assert [backend.name for backend in provider.backends()] == ["qpu:1", "qpu:2"]
        assert provider.get_backend().name == "qpu:1"
        assert provider.get_backend("qpu:2").name == provider.get_backend("Toshiko").name == "qpu:2"
        assert provider.get_backend("qpu:2").description == "Toshiko"
        assert provider.get_backend().provider is provider
        with pytest.raises(
            BackendNotFound, match=r"0 backends have the name 'qpu:3'; pass one of the active QPUs: qpu:1 \(Lucy\)"
        ) as no:
            provider.get_backend("qpu:3")
        assert isinstance(no.value, UnknownQpu) and isinstance(no.value, QiskitBackendNotFoundError)


def test_nobody_guesses_which_of_several_is_meant() -> None:
    cloud = SimulatedCloud(qpus=(SimulatedQpu("qpu:a"), SimulatedQpu("qpu:b")))
    with (
        OqcProvider(cloud.url, cloud.token, http_transport=cloud.transport) as provider,
        pytest.raises(BackendNotFound, match="no backend was named"),
    ):
        provider.get_backend()


def test_a_provider_of_a_url_and_a_token_shows_no_secret() -> None:
    provider = OqcProvider("https://cloud.example.org", "hush", default_qpu_id="qpu:1")
    assert repr(provider) == (
        "OqcProvider(OqcSdk(url='https://cloud.example.org', api='auto', not open, default_qpu_id='qpu:1'))"
    )


def test_a_provider_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OQC_URL", raising=False)
    with pytest.raises(QcaasError, match="OQC_URL is not set"):
        OqcProvider.from_env()
    monkeypatch.setenv("OQC_URL", "https://cloud.example.org")
    monkeypatch.setenv("OQC_AUTHENTICATION_TOKEN", "hush")
    assert repr(OqcProvider.from_env()).startswith("OqcProvider(OqcSdk(url='https://cloud.example.org'")


def test_features_that_nobody_tells_are_a_warning_and_no_limit() -> None:
    cloud = LocalCloud(LocalSettings(qpus=(ONE,)))
    inner = httpx.ASGITransport(cloud.app)

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/admin/qpu/qpu:1":
                return httpx.Response(200, json={"id": "qpu:1"})
            return await inner.handle_async_request(request)

        async def aclose(self) -> None:
            await cloud.close()

    with OqcProvider("http://localhost", "token", http_transport=Silent()) as provider:
        with pytest.warns(UserWarning, match="did not send the features of qpu:1"):
            backend = provider.get_backend()
        assert backend.num_qubits is None
        assert backend.run(bell(), shots=3).result().success


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.strip()


def test_the_package_does_not_import_qiskit_until_its_provider_is_wanted() -> None:
    assert python("import qcaas_sdk, sys; print({'qiskit', 'numpy'} & set(sys.modules))") == "set()"


def test_without_qiskit_the_provider_says_which_extra_is_missing() -> None:
    out = python(
        """
        import sys
        sys.modules["qiskit"] = None
        import qcaas_sdk
        try:
            import qcaas_sdk.qiskit
        except qcaas_sdk.MissingExtra as error:
            print(error.extra, error)
        """
    )
    assert (
        out
        == 'qiskit the Qiskit provider needs packages that are not installed. Run: pip install "qcaas-sdk[qiskit]"'
    )


def test_a_script_that_closes_nothing_ends_cleanly() -> None:
    out = python(
        """
        from qiskit import QuantumCircuit
        from qcaas_sdk.qiskit import OqcProvider
        circuit = QuantumCircuit(1)
        circuit.x(0)
        circuit.measure_all()
        backend = OqcProvider.local().get_backend()
        print(backend.run(circuit, shots=5).result().get_counts())
        left_running = backend.run(circuit)
        """
    )
    assert out == "{'1': 5}"
