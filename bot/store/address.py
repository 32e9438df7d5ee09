"""Where the database is. Knows nothing of what is in it, and nothing of how it is reached."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server's database. `name` is what people are told: the URLs hold a password.

    `direct` is the way round a pgbouncer, the same as `url` where there is none.
    """

    name: str
    url: str = field(repr=False)
    direct: str = field(repr=False)


Address = Path | Server
"""A SQLite file, or a server's database. Each has a `name`."""
