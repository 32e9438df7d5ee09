"""DATABASE_URL and DATABASE_DIRECT_URL: a SQLite file, or PostgreSQL. A URL holds a password: no fault repeats it.

sqlite:///FILE · sqlite:////absolute/FILE
postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=require      HOST:PORT,HOST:PORT where a standby may take over
"""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.store.address import Address, Server

FILE = "nightshift.sqlite3"
_SERVERS = ("postgres", "postgresql")
_LOOKS = (
    " must look like postgres://USER:PASSWORD@HOST:5432/NAME. Write what is no letter or digit in the user or the"
    " password as %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %."
)
_HOST = re.compile(r"(?:\[[0-9a-f:.%]+\]|[^\s\[\]:@]*)(?::\d{1,5})?", re.IGNORECASE)
_BROKEN = re.compile(r"%(?![0-9a-f]{2})|%00|[\s\x00-\x1f#]", re.IGNORECASE)
_WORDS = frozenset(
    [
        "application_name",
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "options",
        "passfile",
        "password",
        "port",
        "require_auth",
        "requirepeer",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    ]
)
"""What may follow the question mark (PostgreSQL's documentation, 34.1.2). Other libraries have words of their own."""


def database_address(variables: Mapping[str, str], faults: list[str]) -> Address:
    """Where the database is; what is wrong is added to `faults`."""
    url, direct = variables.get("DATABASE_URL", f"sqlite:///{FILE}"), variables.get("DATABASE_DIRECT_URL", "")
    if not _is_server(url):
        if direct:
            faults.append("DATABASE_DIRECT_URL is for PostgreSQL, and DATABASE_URL names none. Leave it out.")
        return _file(url, faults)
    for name, each in (("DATABASE_URL", url), ("DATABASE_DIRECT_URL", direct or url)):
        if wrong := _unfit_url(each):
            faults.append(f"{name}{wrong}")
            break
    parts = _parts(url)
    return Server(unquote(parts[2]) if parts else "", _as_libpq(url), _as_libpq(direct or url))


def _as_libpq(url: str) -> str:
    """libpq knows the scheme in small letters only."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.lower()}://{rest}"


def passwords(address: Address) -> tuple[str, ...]:
    """As they are, and as they are written in the URLs. They are to stay out of the log."""
    if isinstance(address, Path):
        return ()
    written = [_user(url).partition(":")[2] for url in (address.url, address.direct)]
    written += [value for url in (address.url, address.direct) for name, value in _query(url) if "password" in name]
    return tuple(dict.fromkeys([*written, *map(unquote, written)]))


def _is_server(url: str) -> bool:
    return url.partition("://")[0].lower() in _SERVERS


def _unfit_url(url: str) -> str:
    """Why it is no address of PostgreSQL, "" where it is one."""
    if not _is_server(url):
        return " must begin with postgres://, as DATABASE_URL does."
    parts = _parts(url)
    if parts is None or _BROKEN.search(url):
        return _LOOKS
    user, hosts, name, query = parts
    if "@" in user or "/" in name or not all(map(_HOST.fullmatch, hosts.split(","))):
        return _LOOKS
    if not name:
        return " names no database. It stands last: postgres://USER:PASSWORD@HOST:5432/NAME."
    unknown = sorted({word for word, _ in query} - _WORDS)
    return f" has {unknown[0]!r} behind its question mark, which PostgreSQL does not know." if unknown else ""


def _parts(url: str) -> tuple[str, str, str, list[tuple[str, str]]] | None:
    """User and password, hosts, name of the database, what follows the question mark. None where it is no URL."""
    try:
        parts = urlsplit(url)
        return _user(url), parts.netloc.rpartition("@")[2], parts.path[1:], _query(url)
    except ValueError:
        return None


def _user(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[0]


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def _file(url: str, faults: list[str]) -> Path:
    scheme, _, rest = url.partition("://")
    path = Path(rest[1:] or FILE)
    if not scheme.startswith("sqlite") or len(rest) < 2 or not rest.startswith("/"):
        faults.append(
            f"DATABASE_URL must look like sqlite:///{FILE}, sqlite:////var/lib/{FILE}, or"
            " postgres://USER:PASSWORD@HOST:5432/NAME."
        )
    elif wrong := _unfit_file(path):
        faults.append(f"DATABASE_URL{wrong}")
    return path


def _unfit_file(path: Path) -> str:
    """Why the database cannot lie there, "" where it can. A pipe or a device is never opened: that may not end."""
    try:
        if path.parent.is_dir() and (not path.exists() or stat.S_ISREG(path.stat().st_mode)):
            return ""
    except OSError as error:
        return f": {path} cannot be reached: {error.strerror}."
    return f": {path} must be a file in a folder that is there."
