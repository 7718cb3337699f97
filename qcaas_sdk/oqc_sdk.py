"""`OqcSdk`: what users make, with `async` or without."""

from qcaas_sdk.sdk import AsyncSdk
from qcaas_sdk.sync.sdk import OqcSdk as SyncSdk


class OqcSdk(AsyncSdk):
    """A connection to a QCaaS service.

    Use it as `async with OqcSdk(...) as sdk`, or call `open()` and `close()`. `OqcSdk.sync(...)` makes one without
    `async`, with the same arguments and the same names; `OqcSdk.sync.local(...)` and `OqcSdk.sync.from_env(...)` too.
    """

    sync = SyncSdk
