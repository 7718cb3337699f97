"""Files that are written atomically: they have the old text or the new one, never a part."""

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from qcaas_sdk.errors import BadSnapshot


def write_whole(path: Path, text: str) -> None:
    """Write a text into a file, all or nothing, durably. An existing file keeps its permissions.

    Whatever interrupts it, a crash of the machine included, the file is the old one or the new one; at worst a file
    `.….tmp` is left beside it. Where the path is a link, the file that it leads to is written.

    Raises:
        OSError: It cannot be written: the folder is missing (`FileNotFoundError`), may not be written to
            (`PermissionError`), the disk is full, or it is a folder (`IsADirectoryError`). It names the path.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; name a file in it", str(path))
    try:
        _replace(Path(os.path.realpath(path)), text.encode())
    except OSError as error:
        reason = (
            f"{error.strerror or error}; saving did not finish; the file has its old or its new content, never a part"
        )
        raise OSError(error.errno, reason, str(path)) from error


def read_whole(path: Path) -> str:
    """The text of a file.

    Raises:
        OSError: It cannot be read: there is no such file (`FileNotFoundError`), you may not read it
            (`PermissionError`), or it is a folder (`IsADirectoryError`).
        BadSnapshot: It is not text in UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BadSnapshot("this is not text in UTF-8", file=str(path), where=f"byte {error.start}") from None
    except ValueError as error:  # no system has a file with such a name
        raise BadSnapshot(f"it cannot be read ({error})", file=str(path)) from error


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f".{os.urandom(8).hex()}.tmp")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        try:
            with suppress(FileNotFoundError):
                os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))  # noqa: PTH101, PTH116  # one layer, easily tested
            written = 0
            while written < len(content):
                written += os.write(file, content[written:])
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(new, path)  # noqa: PTH105  # as above
    except BaseException:
        with suppress(OSError):
            os.unlink(new)  # noqa: PTH108  # as above
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file durable, where the system can do that."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot
            raise
    finally:
        os.close(handle)
