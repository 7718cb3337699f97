"""Files that are whole at every moment, wherever the writing is cut short."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk._snapshot import atomic_file
from qcaas_sdk._snapshot.atomic_file import read_whole, write_whole
from qcaas_sdk.errors import BadSnapshot

OLD, NEW = "the old text", "the new text, with umlauts: grün"
STEPS = ("open", "chmod", "write", "fsync", "close", "replace")


class PowerCut(BaseException):
    """The process is gone: nothing behind this runs, but what tidies up is run by the interpreter."""


def cut_at(monkeypatch: pytest.MonkeyPatch, step: str, call: int, *, after: bool, error: BaseException) -> None:
    """Have one call of one of the system's functions fail, before or after it has done its work."""
    real: Callable[..., Any] = getattr(os, step)
    calls = iter(range(1000))

    def cut(*args: Any, **kwargs: Any) -> Any:
        if next(calls) != call:
            return real(*args, **kwargs)
        if after:
            real(*args, **kwargs)
        raise error

    monkeypatch.setattr(os, step, cut)


@pytest.mark.parametrize("error", [PowerCut(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("before", [OLD, None])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("call", [0, 1])
def test_at_every_step_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    call: int,
    before: str | None,
    after: bool,
    error: BaseException,
) -> None:
    path = tmp_path / "job.json"
    if before is not None:
        path.write_text(before)
    with monkeypatch.context() as patched:
        cut_at(patched, step, call, after=after, error=error)
        try:
            write_whole(path, NEW)
        except (PowerCut, OSError):
            pass
        else:
            assert path.read_text() == NEW
    found = path.read_text() if path.exists() else None
    assert found in {before, NEW}
    write_whole(path, NEW)
    assert path.read_text() == NEW


def test_even_when_nothing_can_tidy_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "job.json"
    path.write_text(OLD)
    with monkeypatch.context() as patched:
        cut_at(patched, "replace", 0, after=False, error=PowerCut())
        cut_at(patched, "unlink", 0, after=False, error=OSError(errno.EIO, "gone"))
        with pytest.raises(PowerCut):
            write_whole(path, NEW)
    assert path.read_text() == OLD
    (left,) = (other for other in tmp_path.iterdir() if other != path)
    assert left.name.endswith(".tmp")


def test_it_is_on_disk_before_it_takes_the_old_ones_place_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("write", "fsync", "replace"):
        real = getattr(os, name)

        def recorded(*args: Any, real: Callable[..., Any] = real, name: str = name) -> Any:
            folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
            done.append("fsync of the folder" if folder else name)
            return real(*args)

        monkeypatch.setattr(os, name, recorded)
    write_whole(tmp_path / "job.json", NEW)
    assert done == ["write", "fsync", "replace", "fsync of the folder"]


def test_a_write_that_takes_only_part_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, content: real(file, content[:3]))
    write_whole(tmp_path / "job.json", NEW)
    assert (tmp_path / "job.json").read_text() == NEW


def test_a_folder_that_cannot_be_made_durable_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_at(monkeypatch, "fsync", 1, after=False, error=OSError(errno.EINVAL, "not here"))
    write_whole(tmp_path / "job.json", NEW)
    assert (tmp_path / "job.json").read_text() == NEW


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_an_error_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    path = tmp_path / "job.json"
    cut_at(monkeypatch, "open", 0, after=False, error=OSError(error, os.strerror(error)))
    with pytest.raises(
        OSError, match="did not finish; the file has its old or its new content, never a part"
    ) as caught:
        write_whole(path, NEW)
    assert (caught.value.filename, caught.value.errno) == (str(path), error)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "no" / "job.json"
    with pytest.raises(FileNotFoundError, match="did not finish") as caught:
        write_whole(path, NEW)
    assert caught.value.filename == str(path)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "."):
        with pytest.raises(IsADirectoryError, match="this is a folder; name a file in it") as caught:
            write_whole(path, NEW)
        assert caught.value.filename == str(path)
        assert "never a part" not in str(caught.value)
        with pytest.raises(IsADirectoryError):
            read_whole(path)
    assert list(tmp_path.iterdir()) == []


def test_permissions(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    before = os.umask(0o027)
    try:
        write_whole(path, OLD)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o600)
    write_whole(path, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "job.json", tmp_path / "latest.json"
    path.write_text(OLD)
    link.symlink_to(path)
    write_whole(link, NEW)
    assert link.is_symlink()
    assert path.read_text() == NEW


def test_without_folders_that_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file.sys, "platform", "win32")
    cut_at(monkeypatch, "open", 1, after=False, error=PermissionError(errno.EACCES, "a folder"))
    write_whole(tmp_path / "job.json", NEW)
    assert (tmp_path / "job.json").read_text() == NEW


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_whole(tmp_path / "job.json")


def test_reading_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_bytes(b"{}\xff")
    with pytest.raises(BadSnapshot, match=r"job.json: byte 2: .*UTF-8"):
        read_whole(path)
    with pytest.raises(BadSnapshot, match="cannot be read"):
        read_whole(Path("job\0.json"))
