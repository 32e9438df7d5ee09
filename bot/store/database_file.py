"""The file that the database lies in: which one it is, that this process alone has it, its mode, the mark beside it.

Knows nothing of what is in it. The file is locked by device and inode, so that no second name (a hard link, a symbolic
link) lets a second bot in; and its name is locked by a file beside it, so that none comes in where it was deleted. It
is never closed here while SQLite has it open: closing it would drop SQLite's own locks.
"""

import errno
import fcntl
import os
import stat
import struct
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from bot.errors import StoreInUse, StoreUnavailable

PRIVATE = 0o600
"""It holds what customers named."""
_BESIDE = ("-wal", "-shm", "-journal", ".lock", ".mark")
_OPENING = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
_LOCKED_BYTE = 1 << 60
"""Far behind the bytes that SQLite locks (1 to 1.5 GiB)."""
_GENERATION, _ID = 60, 68
"""Where SQLite's header has `user_version` and `application_id` (sqlite.org/fileformat2.html)."""
_held: set[tuple[int, int]] = set()
"""Device and inode of each file that this process has."""


class Whereabouts(StrEnum):
    """Whether the file that was opened still lies where it did."""

    THERE = "there"
    GONE = "gone"
    REPLACED = "replaced"


class Mark(NamedTuple):
    """Which database it is, how far it has come, and how far its file alone had, without the log."""

    id: int
    generation: int
    base: int


class DatabaseFile:
    """`name` is what people are told; the file itself may lie behind a symbolic link."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = Path(os.path.realpath(path))
        self._handles: list[int] = []
        self._identity: tuple[int, int] | None = None

    def hold(self) -> None:
        """Makes the file where it is not there, and holds it until `release`.

        Raises StoreInUse where another bot has it, StoreUnavailable where it cannot be had at all.
        """
        try:
            self._check_neighbours()
            self._hold_name()
            self._hold_file()
            self._part_from_newer_log()
        except OSError as error:
            self.release()
            raise StoreUnavailable(_unusable(self._path, error)) from error
        except StoreInUse:
            self.release()
            raise

    def release(self) -> None:
        """Only after SQLite has closed it."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()
        if self._identity is not None:
            _held.discard(self._identity)
            self._identity = None

    def whereabouts(self) -> Whereabouts:
        """Looks at the name, and opens nothing."""
        if self._identity is None:
            return Whereabouts.THERE
        try:
            found = _identity(self._path.stat())
        except FileNotFoundError:
            return Whereabouts.GONE
        except OSError:
            return Whereabouts.THERE  # it cannot be looked at now; whoever writes to it finds out
        return Whereabouts.THERE if found == self._identity else Whereabouts.REPLACED

    def mark(self) -> Mark | None:
        """None where none is readable."""
        try:
            with self._beside(".mark").open("rb") as file:
                id_, generation, base = map(int, file.read(100).split())
        except (OSError, ValueError):
            return None
        return Mark(id_, generation, base)

    def set_mark(self, id_: int, generation: int) -> None:
        """Raises OSError. Whoever reads it meanwhile sees the old one or the new one."""
        self._write_mark(Mark(id_, generation, self._header(_GENERATION)))

    def replace(self, new: Path, aside: str) -> None:
        """`new` takes the place of the file, which is kept beside it under its name and `aside`. Only for who holds it.

        It is marked as an older copy first. A crash meanwhile leaves the file without its log, which is an older copy
        too, or the new one. Raises OSError.
        """
        handle = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
            id_, generation = (int.from_bytes(os.pread(handle, 4, place), "big") for place in (_ID, _GENERATION))
        finally:
            os.close(handle)
        known = self.mark()
        told = known.generation if known is not None and known.id == id_ else 0
        self._write_mark(Mark(id_, max(told, generation + 1), generation))
        logs = ("-wal", "-journal", "-shm")
        for suffix in ("", *logs):
            self._beside(aside + suffix).unlink(missing_ok=True)
        for suffix in logs:
            with suppress(FileNotFoundError):
                self._beside(suffix).replace(self._beside(aside + suffix))
        if self._path.stat().st_size:
            self._beside(aside).hardlink_to(self._path)
        new.replace(self._path)

    def _write_mark(self, mark: Mark) -> None:
        new = self._beside(".mark-new")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(handle, "w") as file:
            file.write(f"{mark.id} {mark.generation} {mark.base}\n")
        new.replace(self._beside(".mark"))

    def _part_from_newer_log(self) -> None:
        """An older copy was put back below the log that a killed process left: SQLite would mix the two."""
        mark, log = self.mark(), self._beside("-wal")
        if mark is None or mark.id != self._header(_ID) or self._header(_GENERATION) >= mark.base or not log.exists():
            return
        log.replace(self._beside("-wal-of-newer"))
        self._beside("-shm").unlink(missing_ok=True)

    def _header(self, place: int) -> int:
        """A number of SQLite's header, without what is in the log; 0 in a new file."""
        return int.from_bytes(os.pread(self._handles[-1], 4, place), "big")

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    def _check_neighbours(self) -> None:
        """Makes those private that an earlier version left. Raises OSError for a pipe or a link in place of one."""
        for suffix in _BESIDE:
            path = self._beside(suffix)
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(path.lstat().st_mode):
                    raise OSError(errno.EINVAL, "it is no plain file", str(path))
                with suppress(PermissionError):
                    path.chmod(PRIVATE)

    def _hold_name(self) -> None:
        handle = self._open(self._beside(".lock"))
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._in_use() from None

    def _hold_file(self) -> None:
        """On a system without locks that belong to the open file (Linux has them) the name's lock must be enough."""
        with suppress(FileNotFoundError):
            if _identity(self._path.stat()) in _held:
                raise self._in_use()
        handle = self._open(self._path)
        identity = _identity(os.fstat(handle))
        if hasattr(fcntl, "F_OFD_SETLK"):
            wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _LOCKED_BYTE, 1, 0)
            try:
                fcntl.fcntl(handle, fcntl.F_OFD_SETLK, wanted)
            except OSError as error:  # any other one: this file system has no such locks
                if error.errno in (errno.EAGAIN, errno.EACCES):
                    raise self._in_use() from None
        _held.add(identity)
        self._identity = identity

    def _open(self, path: Path) -> int:
        """Never empties it, and follows no link: what the link points to is somebody else's."""
        handle = os.open(path, _OPENING | os.O_NOFOLLOW, PRIVATE)
        self._handles.append(handle)
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        if stat.S_IMODE(found.st_mode) != PRIVATE:
            with suppress(PermissionError):
                os.fchmod(handle, PRIVATE)
        return handle

    def _in_use(self) -> StoreInUse:
        return StoreInUse(f"Another bot already runs on {self.name}. Stop it first: one database serves one process.")


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _unusable(path: Path, error: OSError) -> str:
    told = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        step = "Make room on its disk, then start again."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        step = "Let the bot's user write to the file and to its folder, or name another file in DATABASE_URL."
    else:
        step = "Move it away, or name another file in DATABASE_URL."
    return f"The database {path} cannot be used: {error.filename or path}: {told}. {step}"
