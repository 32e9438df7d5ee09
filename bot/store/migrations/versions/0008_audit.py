"""The audit: who tried what about alerts, and what it changed.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    first = ("user_id", "team_id", "act", "channel", "via")
    last = ("target", "text", "refused", "before", "after", "key", "tenant", "name", "plan")
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in first),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in last),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ux_audit_key", "audit", ["key"], unique=True, sqlite_where=sa.text("key <> ''"))
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_user", "audit", ["user_id", "at"])
    op.create_index("ix_audit_alert", "audit", ["alert_id"])
    op.execute(
        "CREATE TRIGGER audit_never_changed BEFORE UPDATE ON audit BEGIN"
        " SELECT RAISE(ABORT, 'rows of audit are never changed'); END"
    )
