"""Whether an SDK works on a journal at this moment."""

from pathlib import Path

from qcaas_sdk._journal.file import JournalFile
from qcaas_sdk.errors import JournalError


def in_use(path: Path) -> bool:
    """Whether an SDK, in this process or another, has the journal open; also true where that cannot be found out.

    Args:
        path: A journal that is there. For an instant it is opened as an SDK opens it; nothing is written into it.
    """
    try:
        JournalFile(path).close()
    except JournalError:  # in use, or it cannot be written and this cannot be found out
        return True
    return False
