"""How much memory a simulation can use, and a limit for it. Used inside the simulator process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":  # which has no such limits; only the estimate works there
    import resource

SHARE_OF_FREE_MEMORY = 0.8
"""What a simulation can use of the memory that is free."""
_CGROUP = Path("/sys/fs/cgroup")


def free_memory_bytes() -> int:
    """The free memory, in bytes; an estimate if the system does not report it."""
    return min(_free_in_system(), _free_in_cgroup())


def statevector_bytes(qubits: int) -> int:
    """The size of a statevector: 16 bytes per amplitude."""
    return 16 << qubits


@contextmanager
def limited(extra_bytes: int) -> Iterator[None]:
    """Let the enclosed code allocate this much more memory; beyond that it gets a `MemoryError`."""
    if sys.platform == "win32":
        yield
        return
    used = _data_bytes_in_use()
    if used is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used + extra_bytes
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def prefer_as_oom_victim() -> None:
    """Tell Linux to end this process first if the machine runs out of memory."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _free_in_system() -> int:
    with suppress(OSError, KeyError):
        return _kilobytes(Path("/proc/meminfo"), "MemAvailable")
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else 4 << 30


def _free_in_cgroup() -> int:
    with suppress(OSError, ValueError):  # "max" is not a number: no limit
        limit = int((_CGROUP / "memory.max").read_text())
        return max(0, limit - int((_CGROUP / "memory.current").read_text()))
    return 1 << 62


def _data_bytes_in_use() -> int | None:
    with suppress(OSError, KeyError):
        return _kilobytes(Path("/proc/self/status"), "VmData")
    return None


def _kilobytes(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise KeyError(name)
