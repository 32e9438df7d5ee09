"""The accounts that are read, when they could not be, and the processes that share the work: who does what."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

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
    Column("holder", Text, nullable=False),  # "" where it was given back
    Column("until", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False, server_default="0"),  # how often it changed hands
)

members = Table(
    "members",  # the processes that share the work
    metadata,
    Column("owner", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),  # it is dead then, unless it was heard of again
    Column("is_reached", Boolean, nullable=False),  # whether people's presses and questions come to it
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
