"""Small text files that settings name, read with care: what each may be, and why one cannot be read."""

import errno
import stat
from pathlib import Path

LARGEST_SECRET = 8 * 1024
"""In bytes. Slack's tokens have some 80 characters, a client's secret 60, an address of a database a few hundred."""


def check_regular(path: Path) -> None:
    """Raises OSError where no file is. A folder, a pipe or a device is none: reading it may never end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe, a socket or a device", str(path))


def read_text(path: Path, largest: int) -> str:
    """The text of a file of `largest` bytes at most. A ValueError goes on after the file's name (`is not there`)."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError("is not there") from None
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise ValueError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > largest:
        raise ValueError(f"has more than {largest // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is no text in UTF-8") from None


def read_secret(path: Path) -> str:
    """The one line of a secret's file, without the space around it. A ValueError goes on after the file's name."""
    secret = read_text(path, LARGEST_SECRET).strip()
    if not secret:
        raise ValueError("is empty")
    if len(secret.splitlines()) > 1:
        raise ValueError("has more than one line")
    if not secret.isprintable():
        raise ValueError("has signs that cannot be printed: it is no text")
    return secret
