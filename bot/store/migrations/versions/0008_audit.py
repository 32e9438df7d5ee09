"""The audit: who tried what about alerts, and what it changed.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from bot.store.dialect import never_changed_texts, only_where

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    first = ("user_id", "user_name", "team_id", "act", "channel", "via")
    last = ("refused", "before", "after", "key", "tenant", "name", "plan")
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in first),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("target", "text", "to_id", "to_name")),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in last),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ux_audit_key", "audit", ["key"], unique=True, **only_where("key <> ''"))
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_user", "audit", ["user_id", "at"])
    op.create_index("ix_audit_alert", "audit", ["alert_id"])
    for statement in never_changed_texts("audit", op.get_bind().dialect.name):
        op.execute(statement)
