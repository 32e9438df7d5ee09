"""What people asked and did, who they are, and what Slack delivered."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from bot.store.dialect import never_changed, partial_index
from bot.store.schema.base import columns, metadata

answers = Table(
    "answers",
    metadata,
    Column("id", Text, primary_key=True),
    *columns(Text, "verb", "argument", "asker", "query"),
    Column("as_of", BigInteger, nullable=False),
    Index("ix_answers_as_of", "as_of"),
)

people = Table(
    "people",  # the last that Slack said of each
    metadata,
    Column("user_id", Text, primary_key=True),
    *columns(Text, "teams", "zone"),
    Column("name", Text, nullable=False, server_default=""),  # as people call them; may be hostile
    *columns(Boolean, "is_guest", "is_stranger", "is_bot", "is_deleted", "is_found"),
    Column("seen_at", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",  # what Slack sent, by key, so that a restart does not answer it again
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

audit = Table(
    "audit",  # in the order of the noun's fields, then the names that the alert bore; rows are never changed
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    *columns(Text, "user_id", "user_name", "team_id", "act", "channel", "via"),
    Column("alert_id", Integer),  # refers to nothing: alerts go earlier
    Column("size", Integer, nullable=False),
    *columns(Text, "target", "text", "to_id", "to_name"),
    Column("until", BigInteger),
    *columns(Text, "end", "refused", "before", "after", "key"),
    *columns(Text, "tenant", "name", "plan"),
    partial_index("ux_audit_key", "key", where="key <> ''", unique=True),
    Index("ix_audit_at", "at"),
    Index("ix_audit_user", "user_id", "at"),
    Index("ix_audit_alert", "alert_id"),
)
never_changed(audit)
