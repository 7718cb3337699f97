"""Who owns a journal, and the mark that says how many of its entries were durable.

The lock is on the journal's file itself, so it holds under every name that the file has (symlinks, hard links), and
the system frees it when the process ends, however it ends. Beside `campaign.db` lies `campaign.db-lock` with the
mark. That file is locked too: this keeps out earlier versions, and it is the only lock where the first cannot be had.

- Linux: an open-file-description lock on one byte far behind the end of the file. SQLite's own locks are on other
  bytes. A whole-file `flock` would collide with them on NFS and SMB, which turn it into such a lock.
- macOS: only the file beside it (`flock`), because `flock` and SQLite's locks exclude each other there. A hard link
  is noticed within one process.
- Windows: only the file beside it.

When a process closes any descriptor of a file, it loses the POSIX locks that it has on that file, and SQLite's are
such locks. So a descriptor of the journal is only opened here when this process has no owner of it, and closed after
SQLite's own.
"""

import errno
import os
import re
import stat
import struct
import sys
import threading
import zlib
from contextlib import suppress
from pathlib import Path

from qcaas_sdk.errors import JournalError, JournalInUse

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR_BYTE = 2**62
"""Behind every byte that SQLite reads, writes or locks."""
_SQLITE_BYTES = 2**30
"""Where SQLite's own locks begin; earlier versions held them on the file beside the journal."""

_OLD_MARK = b"SQLite format 3\0"
"""Of earlier versions: the file beside the journal was a database, with the mark in its header (`user_version`)."""
_MARK = re.compile(rb"durable ([0-9]{20}) ([0-9a-f]{8})\n")

_owned: "dict[tuple[int, int], JournalLock]" = {}
"""The journals that this process owns, by device and inode."""
_taking = threading.Lock()


class JournalLock:
    """The ownership of one journal."""

    def __init__(self, path: Path, shown: str) -> None:
        """Become the owner; a file that is not there is made.

        Args:
            path: The journal, resolved.
            shown: What errors call it.

        Raises:
            JournalInUse: Another SDK owns it, in this process or another.
            JournalError: It cannot be opened or locked.
        """
        self.path = path
        self._shown = shown
        self.mark_path = _mark_path(path)
        self._fds: list[int] = []
        self._journal_fd = self._mark_fd = -1
        self._identity: tuple[int, int] | None = None
        with _taking:
            check_free(path, shown)
            try:
                self._identity = self._take()
            except BaseException:
                self.release()
                raise
            _owned[self._identity] = self

    @property
    def held(self) -> bool:
        """Whether this process is the owner; a fork of the owner is not."""
        return self._mark_fd >= 0

    def check_in_place(self) -> None:
        """Nothing, if the journal is still under its name. The file beside it is put back if it was deleted.

        Raises:
            JournalInUse: The file beside it was deleted or replaced, and another SDK has taken its place.
            JournalError: The journal was deleted, moved or replaced, or the file beside it cannot be put back.
        """
        if not is_in_place(self.path, os.fstat(self._journal_fd)):
            raise JournalError(
                "it was deleted, moved or replaced while it is open; nothing was written, and nothing that depends "
                "on it was sent. Move it back. If you cannot, save your jobs and composites with save(path) before "
                "this process ends: nothing else knows the ids of their tasks",
                file=self._shown,
            )
        if not is_in_place(self.mark_path, os.fstat(self._mark_fd)):
            self._take_mark()

    def mark(self) -> int:
        """How many entries were durable, as far as the mark can be read; 0 if it cannot.

        It shows whether the end of the journal is missing. A damaged mark shows nothing.
        """
        os.lseek(self._mark_fd, 0, os.SEEK_SET)
        content = os.read(self._mark_fd, 100)
        if content.startswith(_OLD_MARK):
            return int.from_bytes(content[60:64], "big")
        found = _MARK.match(content)
        return int(found[1]) if found and _mark(int(found[1])) == found[0] else 0

    def set_mark(self, number: int) -> None:
        """Note that so many entries are durable: one write, so a process that is killed leaves a whole mark."""
        line = _mark(number)
        with suppress(OSError):  # the entries are safe; only the guard against damage is one step behind
            os.lseek(self._mark_fd, 0, os.SEEK_SET)
            os.write(self._mark_fd, line)
            if os.fstat(self._mark_fd).st_size != len(line):
                os.ftruncate(self._mark_fd, len(line))

    def release(self) -> None:
        """Give it up, after the journal was closed. In a fork this does not free what the owner holds."""
        if self._identity is not None and _owned.get(self._identity) is self:
            del _owned[self._identity]
        fds, self._fds, self._journal_fd, self._mark_fd = self._fds, [], -1, -1
        for fd in reversed(fds):
            with suppress(OSError):
                os.close(fd)

    def _take_mark(self) -> None:
        fd = self._open(self.mark_path, f"its lock {self.mark_path.name} cannot be written")
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise JournalError(f"its lock {self.mark_path.name} is not a regular file", file=self._shown)
            self._lock(fd, _SQLITE_BYTES)
        except BaseException:
            os.close(self._fds.pop())
            raise
        self._mark_fd = fd

    def _take(self) -> tuple[int, int]:
        self._take_mark()
        while True:
            fd = self._journal_fd = self._open(self.path, "it cannot be written")
            known = os.fstat(fd)
            identity = (known.st_dev, known.st_ino)
            if not stat.S_ISREG(known.st_mode):
                raise JournalError("this is not a regular file", file=self._shown)
            if sys.platform == "linux":
                self._lock(fd, _FAR_BYTE)
            if _identity(self.path) == identity:  # the file was not replaced meanwhile
                return identity

    def _open(self, path: Path, message: str) -> int:
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise JournalError(f"{message} ({error.strerror})", file=self._shown) from error
        self._fds.append(fd)
        return fd

    def _lock(self, fd: int, place: int) -> None:
        try:
            _try_lock(fd, place)
        except OSError as error:
            if error.errno in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}:
                raise _in_use(self._shown) from None
            raise JournalError(f"it cannot be locked ({error.strerror})", file=self._shown) from error


def is_in_place(path: Path, opened: os.stat_result) -> bool:
    """Whether a file that was opened is still under its name; also yes if this system does not tell."""
    try:
        there = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return 0 in {there.st_ino, opened.st_ino} or os.path.samestat(there, opened)


def check_free(path: Path, shown: str) -> None:
    """Nothing, unless this process owns the journal already. The file is not opened.

    Raises:
        JournalInUse: It does.
    """
    identity = _identity(path)
    if identity is not None and identity in _owned:
        raise _in_use(shown)


def owned_elsewhere(path: Path) -> bool | None:
    """Whether this or another process owns a journal. Nothing is locked, so an SDK that opens it is not disturbed.

    Returns:
        None if this system does not tell without locking.

    Raises:
        OSError: The journal cannot be read.
    """
    with _taking:
        if _identity(path) in _owned:
            return True
        if sys.platform != "linux":
            return None
        try:
            return any(
                _is_locked(file, *place)
                for file, place in ((path, (_FAR_BYTE, 1)), (_mark_path(path), (_SQLITE_BYTES, 512)))
                if file == path or file.exists()
            )
        except OSError as error:
            if error.errno == errno.EINVAL:  # a kernel without such locks
                return None
            raise


def _is_locked(file: Path, begin: int, length: int) -> bool:
    fd = os.open(file, os.O_RDONLY)
    try:
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, begin, length, 0)
        kind: int = struct.unpack("hhqqi", fcntl.fcntl(fd, fcntl.F_OFD_GETLK, asked))[0]
    finally:
        os.close(fd)
    return kind != fcntl.F_UNLCK


def _mark_path(path: Path) -> Path:
    return path.with_name(path.name + "-lock")


def _try_lock(fd: int, place: int) -> None:
    if sys.platform == "win32":
        os.lseek(fd, place, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        return
    if sys.platform == "linux":
        length = 512 if place == _SQLITE_BYTES else 1
        try:
            fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, place, length, 0))
        except OSError as error:
            if error.errno != errno.EINVAL:  # a kernel without such locks
                raise
        else:
            return
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_dev, known.st_ino)


def _in_use(shown: str) -> JournalInUse:
    return JournalInUse("another SDK has it open; use another journal, or close that SDK first", file=shown)


def _mark(number: int) -> bytes:
    digits = b"%020d" % number
    return b"durable %s %08x\n" % (digits, zlib.crc32(digits))


def _after_fork() -> None:
    """A fork shares the owner's descriptors; were they left open there, the lock would outlive its owner."""
    global _taking  # noqa: PLW0603  # it may have been held by another thread of the parent
    _taking = threading.Lock()
    for lock in [*_owned.values()]:
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
