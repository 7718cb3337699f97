"""An SDK whose service is a simulated cloud."""

from typing import Any

from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.time import VirtualClock


def sdk_on(cloud: SimulatedCloud, **options: Any) -> OqcSdk:
    """An SDK on a simulated cloud, in virtual time; the cloud's first QPU is the default. It is not open yet.

    Args:
        cloud: The service.
        **options: As for `OqcSdk`; they replace what this function sets.
    """
    given: dict[str, Any] = {
        "url": cloud.url,
        "authentication_token": cloud.token,
        "default_qpu_id": cloud.qpu_ids[0],
        "http_transport": cloud.transport,
        "clock": VirtualClock(),
        "api": cloud.api,
    }
    return OqcSdk(**given | options)
