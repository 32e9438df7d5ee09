"""Alerts worth waking for: severity, routes, storms, replies of several kinds, and the decisions behind them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ALERTS = (
    sa.Column("workload", sa.Text, nullable=False, server_default="other"),
    sa.Column("resource_id", sa.Text, nullable=False, server_default=""),
    sa.Column("policy_id", sa.Text, nullable=False, server_default=""),
    sa.Column("started_by", sa.Text, nullable=False, server_default=""),
    sa.Column("cause_entry", sa.Text, nullable=False, server_default=""),
    sa.Column("cause_step", sa.Text, nullable=False, server_default=""),
    sa.Column("cause_link", sa.Text, nullable=False, server_default=""),
    sa.Column("cause_is_platform", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("severity", sa.Text, nullable=False, server_default="warning"),
    sa.Column("reason", sa.Text, nullable=False, server_default="unknown"),
    sa.Column("target", sa.BigInteger, nullable=False, server_default="93600000000"),
    sa.Column("last_good_at", sa.BigInteger),
    sa.Column("misses_at", sa.BigInteger),
    sa.Column("next_run_at", sa.BigInteger),
    sa.Column("retries", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("subject", sa.Text, nullable=False, server_default=""),
)
_POSTS = (
    sa.Column("worded", sa.Integer, nullable=False, server_default="1"),
    sa.Column("earlier_ts", sa.Text, nullable=False, server_default=""),
    sa.Column("mention", sa.Text, nullable=False, server_default=""),
    sa.Column("held_until", sa.BigInteger),
    sa.Column("says", sa.Text, nullable=False, server_default="ended"),
    sa.Column("broadcast", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("raised", sa.Integer, nullable=False, server_default="0"),
    sa.Column("raise_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("about_channel", sa.Text, nullable=False, server_default=""),
    sa.Column("about_code", sa.Text, nullable=False, server_default=""),
)
_UNDELIVERED = (  # a card that could not be shown names the one that tells of it; it was the other way round
    "UPDATE posts SET (about_channel, about_code) = (SELECT card.channel, card.trouble FROM posts AS card"
    " WHERE card.id = posts.about_id) WHERE about_id IS NOT NULL",
    "UPDATE posts SET about_id = (SELECT min(note.id) FROM posts AS note WHERE note.about_id = posts.id)"
    " WHERE kind <> 'undelivered'",
    "UPDATE posts SET about_id = NULL WHERE kind = 'undelivered'",
)

_SUBJECTS = """
    UPDATE alerts SET subject = coalesce((SELECT o.subject FROM occurrences o WHERE o.alert_id = alerts.id
        ORDER BY o.ended_at DESC LIMIT 1), '')
"""


def upgrade() -> None:
    for column in _ALERTS:
        op.add_column("alerts", column)
    op.execute(_SUBJECTS)
    for column in _POSTS:
        op.add_column("posts", column)
    for statement in _UNDELIVERED:
        op.execute(statement)
    for name, condition in (("about_id", "about_id IS NOT NULL"), ("about_channel", "about_channel <> ''")):
        index, where = f"ix_posts_{name.removesuffix('_id')}", sa.text(condition)
        op.create_index(index, "posts", [name], sqlite_where=where, postgresql_where=where)
    op.add_column("card_alerts", sa.Column("added_at", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_card_alerts_added", "card_alerts", ["added_at"])
    op.create_table(
        "storms",
        sa.Column("card_id", sa.Integer, sa.ForeignKey("posts.id"), primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
    )
    op.create_index(
        "ix_storms_open", "storms", ["channel"], sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open")
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("alerts.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_decisions_alert", "decisions", ["alert_id"])
