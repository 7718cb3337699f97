"""`OqcSdk`: what users make, with `async` or without."""

from typing import TYPE_CHECKING

from qcaas_sdk.sdk import AsyncSdk

if TYPE_CHECKING:
    from qcaas_sdk.sync import OqcSdk as SyncSdk


class _WithoutAsync:
    def __get__(self, _: object, __: object) -> "type[SyncSdk]":
        from qcaas_sdk import sync  # noqa: PLC0415  # most programs do not need it

        return sync.OqcSdk


class OqcSdk(AsyncSdk):
    """A connection to a QCaaS service.

    Use it as `async with OqcSdk(...) as sdk`, or call `open()` and `close()`. `OqcSdk.sync(...)` makes one without
    `async`, with the same arguments and the same names; `OqcSdk.sync.local(...)` and `OqcSdk.sync.from_env(...)` too.
    """

    sync = _WithoutAsync()
