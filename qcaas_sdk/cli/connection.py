"""The service that a command uses."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from qcaas_sdk import Credential, OqcSdk, TokenCredential
from qcaas_sdk._oidc import api_from_env, credential_from_env

if TYPE_CHECKING:
    from qcaas_sdk.local import LocalSettings


@frozen
class Connection:
    """A service with a credential, or the embedded QPU.

    Attributes:
        url: The service's URL; None for the embedded QPU.
        credential: The user's credential; None for the embedded QPU.
        dask: The address of the Dask cluster that the embedded QPU uses; None for this machine.
        settings: The settings of the embedded QPU; None for the defaults.
    """

    url: str | None
    credential: Credential | None = field(default=None, repr=False)
    dask: str | None = None
    settings: "LocalSettings | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str | None, token: str | None) -> "Connection":
        """The connection from the options and the environment.

        Raises:
            ValueError: The URL is wrong, or there is no credential for it.
        """
        if not url:
            return cls(None)
        credential: Credential | None = TokenCredential(token) if token else credential_from_env()
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
    def on_dask(cls, address: str) -> "Connection":
        """The embedded QPU, which simulates on a Dask cluster.

        Raises:
            MissingExtra: The extra `dask` is not installed.
        """
        from qcaas_sdk.local import LocalSettings, dask_executor  # noqa: PLC0415  # slow to import

        return cls(None, dask=address, settings=LocalSettings(executor=dask_executor(address)))

    def sdk(self, journal: Path | None = None) -> OqcSdk:
        """A new SDK, not open yet.

        Args:
            journal: The journal file for its jobs; None for no journal.
        """
        if self.url is None:
            return OqcSdk.local(self.settings, journal=journal)
        return OqcSdk(self.url, credential=self.credential, api=api_from_env(), journal=journal)

    @property
    def where(self) -> str:
        """Its name in messages."""
        if self.dask is not None:
            return f"the embedded QPU (a simulator on the Dask cluster {self.dask})"
        return self.url or "the embedded QPU (a simulator on this machine; set OQC_URL to use a service)"
