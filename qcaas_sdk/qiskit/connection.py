"""The provider's SDK: it opens with the first call, and stays closed once it is closed."""

from qcaas_sdk.errors import SdkNotOpen
from qcaas_sdk.sync.bridge import bridge_of
from qcaas_sdk.sync.sdk import OqcSdk

_CLOSED = "the provider is closed: create a new one. Submitted jobs continue on the service"


class Connection:
    """An SDK without `async` that opens when it is needed.

    It closes with `close`, with the interpreter, or when nothing refers to it or to a job of it any more.
    """

    def __init__(self, sdk: OqcSdk) -> None:
        """Nothing is opened yet.

        Args:
            sdk: An SDK that is not open and not used elsewhere.
        """
        self._sdk = sdk
        self._closed = False
        bridge_of(sdk).warns = False

    @property
    def sdk(self) -> OqcSdk:
        """The SDK, open.

        Raises:
            SdkNotOpen: The connection was closed.
            QcaasError: As `OqcSdk.open`.
        """
        if self._closed:
            raise SdkNotOpen(_CLOSED)
        try:
            return self._sdk.open()
        except BaseException as error:
            self._closed = not isinstance(error, Exception)  # after Ctrl-C, no second try
            raise

    def close(self) -> None:
        """Close the SDK. Closing twice does nothing.

        Raises:
            JournalError: As `OqcSdk.close`.
        """
        self._closed = True
        self._sdk.close()

    def __repr__(self) -> str:
        return repr(self._sdk)
