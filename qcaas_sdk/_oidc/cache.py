"""Tokens that are kept on this machine, so that processes and sessions share one sign-in."""

import errno
import json
import math
import os
import stat
import warnings
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from attrs import frozen

from qcaas_sdk._base.clock import Clock
from qcaas_sdk._guards import arguments
from qcaas_sdk._oidc.tokens import Tokens
from qcaas_sdk.errors import MissingExtra, TokenCacheError

ROOT_VARIABLE = "OQC_OIDC_CACHE_ROOT"
FORMAT = "qcaas-sdk tokens 1"
MAX_FILE = 1_000_000
"""Bytes of a file of tokens."""

MAX_WAIT_S = 90.0
"""Seconds to wait for another process that renews the tokens."""

LOOK_S = 0.05
"""Seconds between two looks whether it has finished."""


@frozen
class CacheKey:
    """Whose tokens they are.

    Attributes:
        issuer: The provider.
        client_id: The application that is registered there.
        user: The user's name there; empty if it is not known before the sign-in.
        scope: The scope.
        flow: How the tokens were obtained.
    """

    issuer: str
    client_id: str
    user: str
    scope: str
    flow: str

    @property
    def parts(self) -> list[str]:
        """All of it, as JSON."""
        return [self.issuer, self.client_id, self.user, " ".join(sorted(self.scope.split())), self.flow]

    @property
    def name(self) -> str:
        """A name for files."""
        import hashlib  # noqa: PLC0415  # slow to import

        return hashlib.sha256(json.dumps(self.parts).encode()).hexdigest()[:32]


class TokenCache(Protocol):
    """Where tokens are kept."""

    def locked(self, clock: Clock) -> AbstractAsyncContextManager[None]:
        """Keep other processes out while tokens are renewed.

        Raises:
            TokenCacheError: It cannot be used.
        """
        ...

    def load(self) -> Tokens | None:
        """The tokens; None if there are none."""
        ...

    def store(self, tokens: Tokens) -> None:
        """Keep tokens instead of those before. A warning says so if that fails."""
        ...

    def clear(self) -> None:
        """Keep nothing.

        Raises:
            TokenCacheError: What is kept cannot be deleted.
        """
        ...


def cache_for(given: "bool | str | Path", key: CacheKey) -> TokenCache:
    """The cache for an argument: True, False, "keyring", or a folder.

    Raises:
        InvalidArgument: It is something else.
        MissingExtra: The package `keyring` is not installed.
    """
    if given is False:
        return NoCache()
    if given == "keyring":
        return _KeyringCache(default_root(), key)
    if given is True:
        return FileCache(default_root(), key)
    if not isinstance(given, str | Path):
        raise arguments.wrong("cache", "True, False, 'keyring' or a folder", given)
    return FileCache(arguments.path(given, "cache"), key)


def default_root() -> Path:
    """The folder for tokens: `OQC_OIDC_CACHE_ROOT`, or one in the state directory of the user."""
    if root := os.environ.get(ROOT_VARIABLE):
        return Path(root).expanduser()
    from platformdirs import user_state_path  # noqa: PLC0415  # only where tokens are kept

    return user_state_path("qcaas-sdk", appauthor=False) / "tokens"


class NoCache:
    """Keeps nothing."""

    @asynccontextmanager
    async def locked(self, clock: Clock) -> AsyncIterator[None]:
        """There is nobody to keep out."""
        yield

    def load(self) -> Tokens | None:
        """None."""
        return None

    def store(self, tokens: Tokens) -> None:
        """Nothing happens."""

    def clear(self) -> None:
        """Nothing happens."""


class FileCache:
    """One file for each provider, application, user and scope. Only you can read it."""

    def __init__(self, root: Path, key: CacheKey) -> None:
        """Nothing is read or written yet.

        Args:
            root: The folder.
            key: Whose tokens they are.
        """
        self._root = root
        self._key = key
        self._file = root / f"{key.name}.json"

    @asynccontextmanager
    async def locked(self, clock: Clock) -> AsyncIterator[None]:
        """Hold the lock of the file. The system frees it when the process dies.

        Raises:
            TokenCacheError: The folder cannot be written, or another process holds the lock for too long.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  # only where tokens are kept

        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_writable(self._root)
            lock = FileLock(self._file.with_suffix(".lock"), mode=0o600, thread_local=False)
            deadline = clock.monotonic() + MAX_WAIT_S
            while True:
                try:
                    lock.acquire(timeout=0)
                    break
                except Timeout:
                    if clock.monotonic() > deadline:
                        raise self._error(f"another process has held its lock for {MAX_WAIT_S:g} s") from None
                await clock.sleep(LOOK_S)
        except (OSError, NotImplementedError) as error:
            if isinstance(error, TokenCacheError):
                raise
            raise self._error(f"it cannot be written ({getattr(error, 'strerror', None) or error})") from None
        try:
            yield
        finally:
            lock.release()

    def load(self) -> Tokens | None:
        """The tokens in the file. A damaged or foreign file is ignored, with a warning."""
        try:
            text = _read_own(self._file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._warn(f"it is ignored, because {getattr(error, 'strerror', None) or error}")
            return None
        if (tokens := decoded(text, self._key)) is None:
            self._warn("it is ignored, because it is damaged or not a file of this package")
        return tokens

    def store(self, tokens: Tokens) -> None:
        """Write a new file, readable by you alone from its first byte, and put it in the place of the old one."""
        draft = self._file.with_name(f".{self._key.name}.{os.urandom(8).hex()}")
        try:
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(encoded(tokens, self._key).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            self._warn(
                f"the new tokens could not be written ({error.strerror}); other processes have to sign in again"
            )

    def clear(self) -> None:
        """Delete the file.

        Raises:
            TokenCacheError: It cannot be deleted.
        """
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            raise TokenCacheError(
                f"the file cannot be deleted ({error.strerror}): delete it yourself", file=str(self._file)
            ) from None

    def _error(self, what: str) -> TokenCacheError:
        return TokenCacheError(
            f"{what}; set {ROOT_VARIABLE} to a folder of yours, or pass cache=False to keep tokens in memory only",
            file=str(self._root),
        )

    def _warn(self, what: str) -> None:
        warnings.warn(f"the token cache {self._file}: {what}", UserWarning, stacklevel=2)


class _KeyringCache(FileCache):
    """The system's keyring. A lock file keeps processes apart."""

    def __init__(self, root: Path, key: CacheKey) -> None:
        super().__init__(root, key)
        try:
            import keyring  # noqa: PLC0415  # an extra
        except ImportError:
            raise MissingExtra("cache='keyring'", "keyring") from None
        self._keyring = keyring
        self._user = key.name
        self._whose = key

    def load(self) -> Tokens | None:
        """The tokens in the keyring."""
        try:
            text = self._keyring.get_password(FORMAT, self._user)
        except Exception as error:  # each system's keyring has errors of its own
            why = f"it cannot be read ({type(error).__name__}); pass another cache"
            raise TokenCacheError(why, file="keyring") from None
        return decoded(text, self._whose) if text else None

    def store(self, tokens: Tokens) -> None:
        """Put the tokens into the keyring."""
        try:
            self._keyring.set_password(FORMAT, self._user, encoded(tokens, self._whose))
        except Exception as error:  # as above
            warnings.warn(
                f"the keyring does not take the new tokens ({type(error).__name__})", UserWarning, stacklevel=2
            )

    def clear(self) -> None:
        """Delete them from the keyring."""
        with suppress(Exception):  # there may be none
            self._keyring.delete_password(FORMAT, self._user)


def encoded(tokens: Tokens, key: CacheKey) -> str:
    """Tokens as JSON."""
    return json.dumps(
        {
            "format": FORMAT,
            "key": key.parts,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "id_token": tokens.id_token,
            "obtained_at": tokens.obtained_at.isoformat(),
            "expires_in_s": tokens.expires_in_s if math.isfinite(tokens.expires_in_s) else None,
        }
    )


def decoded(text: str, key: CacheKey) -> Tokens | None:
    """The tokens of a JSON text; None if it is damaged, or somebody else's."""
    try:
        value = json.loads(text)
        if value["format"] != FORMAT or value["key"] != key.parts:
            return None
        at, life = datetime.fromisoformat(value["obtained_at"]), value["expires_in_s"]
        access, refresh, id_token = value["access_token"], value["refresh_token"], value["id_token"]
        life = math.inf if life is None else float(life)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    whole = isinstance(access, str) and all(map(_is_token, (access, refresh, id_token)))
    return Tokens(access, refresh, id_token, at, life) if whole and at.tzinfo and life >= 0.0 else None


def _is_token(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.isascii() and value.isprintable())


def _read_own(file: Path) -> str:
    """The text of a file that belongs to this user alone.

    Raises:
        ValueError: It does not, or is not text.
    """
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a plain file")
        if os.name == "posix" and found.st_uid != os.getuid():
            raise ValueError("it belongs to another user")
        if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
            raise ValueError("other users can read it (its mode is not 0600)")
        content = opened.read(MAX_FILE)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None


def _check_writable(folder: Path) -> None:
    """Raise an OSError before a refresh token is used up, and not after."""
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "permission denied")
