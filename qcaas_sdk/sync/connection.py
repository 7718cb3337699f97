"""Opening and closing an SDK without `async`."""

from types import TracebackType
from typing import Self

from qcaas_sdk.sdk import AsyncSdk
from qcaas_sdk.sync.bridge import Bridge, SyncHandle, bind


class Connection(SyncHandle):
    """An SDK that is open in a thread of its own."""

    __slots__ = ()

    _instead = "open another SDK where you need it"
    _handle: AsyncSdk

    @classmethod
    def _on(cls, sdk: AsyncSdk) -> Self:
        made = cls.__new__(cls)
        bind(made, Bridge(), sdk)
        return made

    def open(self, *, timeout_s: float | None = None) -> Self:
        """Connect: start a thread, and in it check the service and the credential and read the list of QPUs.

        Args:
            timeout_s: Seconds to wait for the service; at most 12, which is the default.

        Raises:
            AuthenticationError: The credential was refused.
            BadAnswer: The URL is not that of a QCaaS service.
            InactiveQpu: No QPU is active for this account.
            TransportError: The service cannot be reached; reported in under 15 seconds.
            JournalError: The journal cannot be used; as `JournalInUse` or `BadJournal` where that is why.
            WrongProcess: It is open in the process that this one was forked from.
            InvalidArgument: `timeout_s` is not a number of seconds, or the service has API v4, which does not accept
                an email and a password.
        """
        self._bridge.open(lambda: self._handle.open(timeout_s=timeout_s), self._handle.close)
        return self

    def close(self) -> None:
        """Disconnect, and end the thread. Submitted jobs go on at the server; calls that wait get `SdkNotOpen`.

        When the interpreter exits, each SDK that is still open is closed.

        Raises:
            JournalError: The last entries could not be written to the journal; everything is closed anyway.
            WrongEventLoop: The caller is an observer or a callback, which run in that thread.
            WrongProcess: It was opened in the process that this one was forked from.
        """
        self._bridge.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
