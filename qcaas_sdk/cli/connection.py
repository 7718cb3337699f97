"""The service that a command uses."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from qcaas_sdk import Credential, InvalidArgument, OqcSdk, TokenCredential, _oidc
from qcaas_sdk._http.trusted_hosts import checked_base_url

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings
    from qcaas_sdk.local.noise import Noise


@frozen
class Connection:
    """A service with a credential, or the embedded QPU.

    Attributes:
        url: The service's URL; None for the embedded QPU.
        credential: The user's credential; None for the embedded QPU.
        dask: The address of the Dask cluster that the embedded QPU uses; None for this machine.
        noise: The noise of the embedded QPU, as the user named it; None for none.
        settings: The settings of the embedded QPU; None for the defaults.
    """

    url: str | None
    credential: Credential | None = field(default=None, repr=False)
    dask: str | None = None
    noise: str | None = None
    settings: "LocalSettings | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str | None, token: str | None) -> "Connection":
        """The connection from the options and the environment.

        Raises:
            ValueError: The URL is wrong, or there is no credential for it.
        """
        if not url:
            return cls(None)
        url = checked_base_url(url)  # before a message shows it
        credential: Credential | None = TokenCredential(token) if token else _oidc.credential_from_env()
        if credential is None:
            if not (token := os.environ.get("OQC_AUTHENTICATION_TOKEN")):
                raise ValueError(
                    f"{url} needs a credential: set OQC_AUTHENTICATION_TOKEN, or pass --token-file; or set "
                    "OQC_KEYCLOAK_SERVER_URL, OQC_ENTRA_TENANT_ID or OQC_OIDC_ISSUER, and run `qcaas login`"
                )
            credential = TokenCredential(token)
        connection = cls(url, credential)
        connection.sdk()  # finds a bad URL before anything starts
        return connection

    @classmethod
    def embedded(cls, dask: str | None, noise: str | None) -> "Connection":
        """The embedded QPU with settings.

        Args:
            dask: The address of a Dask cluster that simulates; None for this machine.
            noise: A calibration file or a preset; None for no noise.

        Raises:
            MissingExtra: The extra `dask` is not installed.
            InvalidArgument: The noise is neither a file nor a preset.
        """
        from qcaas_sdk.local import LocalQpu, LocalSettings, dask_executor  # noqa: PLC0415  # slow to import

        qpu = LocalQpu(noise=None if noise is None else noise_named(noise))
        executor = None if dask is None else dask_executor(dask)
        return cls(None, dask=dask, noise=noise, settings=LocalSettings(qpus=[qpu], executor=executor))

    def sdk(self, journal: Path | None = None) -> OqcSdk:
        """A new SDK, not open yet.

        Args:
            journal: The journal file for its jobs; None for no journal.
        """
        if self.url is None:
            return OqcSdk.local(self.settings, journal=journal)
        return OqcSdk(self.url, credential=self.credential, api=_oidc.api_from_env(), journal=journal)

    @property
    def where(self) -> str:
        """Its name in messages."""
        if self.url is not None:
            return self.url
        machine = "this machine" if self.dask is None else f"the Dask cluster {self.dask}"
        noise = "" if self.noise is None else f" with the noise {self.noise}"
        advice = "" if self.settings is not None else "; set OQC_URL to use a service"
        return f"the embedded QPU (a simulator on {machine}{noise}{advice})"


def noise_named(name: str) -> "Noise":
    """The noise of a preset or of a calibration file.

    Raises:
        InvalidArgument: There is no such preset or file, or the file is not a calibration.
    """
    from qcaas_sdk.local.noise import PRESETS, read_noise  # noqa: PLC0415  # slow to import

    if name not in PRESETS and not Path(name).is_file():
        raise InvalidArgument(
            f"--noise {name!r} is neither a file nor a preset: use the path of a calibration file in JSON or YAML, "
            f"or one of: {', '.join(PRESETS)}",
            argument="noise",
        )
    noise = read_noise(name if name in PRESETS else Path(name))
    assert noise is not None
    return noise
