"""Whether an SDK works on a journal at this moment."""

from pathlib import Path

from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk._journal.lock import owned_elsewhere
from qcaas_sdk.errors import JournalError


def in_use(path: Path) -> bool:
    """Whether an SDK, in this process or another, has the journal open; also true where that cannot be found out.

    Args:
        path: A journal that exists. Nothing is written into it. Only where the system does not tell who has a lock
            (macOS, Windows), it is opened for an instant as an SDK opens it.
    """
    try:
        used = owned_elsewhere(path.resolve())
        if used is not None:
            return used
        JournalFile(path).close()
    except OSError:
        return True
    except JournalError:  # in use, or it cannot be written and this cannot be found out
        return True
    return False
