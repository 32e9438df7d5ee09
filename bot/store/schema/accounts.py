"""The accounts that are read, who may read them, and when they could not be read."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from bot.store.schema.base import columns, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("position", BigInteger),  # the checkpoint; none before the first start
    *columns(BigInteger, "quiet_since", "watched_from", "history_from", "read_at", null=True),
    Column("missed", Integer, nullable=False, server_default="0"),  # polls that failed in a row
    Column("missing_since", BigInteger),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("reason", Text, nullable=False),
)
