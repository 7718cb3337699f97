"""How much memory a simulation may take, and a fence around it. Used inside the simulator process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":  # which has no such limits; the estimate alone must do there
    import resource

SHARE_OF_FREE_MEMORY = 0.8
_CGROUP = Path("/sys/fs/cgroup")


def free_memory_bytes() -> int:
    """Memory that can be taken now without harming others, in bytes; an estimate where the system cannot say."""
    return min(_free_in_system(), _free_in_cgroup())


def statevector_bytes(qubits: int) -> int:
    """What a statevector of so many qubits takes: one complex number of 16 bytes an amplitude."""
    return 16 << qubits


@contextmanager
def fence(extra_bytes: int) -> Iterator[None]:
    """Let the enclosed code allocate so much more and no further: it fails by itself, nobody is killed for it."""
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


def be_the_first_to_go() -> None:
    """Tell Linux that this process is the one to end, should memory run out all the same."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _free_in_system() -> int:
    with suppress(OSError, KeyError):
        return _kilobytes(Path("/proc/meminfo"), "MemAvailable")
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else 4 << 30


def _free_in_cgroup() -> int:
    with suppress(OSError, ValueError):  # "max" is no number: no limit
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
