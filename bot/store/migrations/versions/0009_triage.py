"""What people do about alerts: owner, snooze, resolution, notes, the lines that tell of it, and how far runs are.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from bot.store.dialect import only_where

revision = "0009"
down_revision: str | None = "0008"

_ALERTS = (
    ("owner_name", sa.Text),
    ("owner_asked_at", sa.BigInteger),
    ("snooze_since", sa.BigInteger),
    ("snooze_name", sa.Text),
    ("snooze_end", sa.Text),
    ("snooze_failed_at", sa.BigInteger),
    ("snooze_cause", sa.Text),
    ("snooze_in_a_row", sa.Integer),
    ("snooze_is_missed", sa.Boolean),
    ("noted_at", sa.BigInteger),
    ("acted_at", sa.BigInteger),
    ("resolution_by", sa.Text),
    ("resolution_name", sa.Text),
    ("resolution_reason", sa.Text),
)


def upgrade() -> None:
    for name, kind in _ALERTS:
        op.add_column("alerts", sa.Column(name, kind, nullable=True))
    op.drop_column("alerts", "snooze_reason")
    op.drop_index("ix_alerts_next_look", "alerts")
    looked_at = only_where("next_look_at IS NOT NULL")
    op.create_index("ix_alerts_next_look", "alerts", ["next_look_at"], **looked_at)
    op.create_index("ix_alerts_owner", "alerts", ["owner_who"], **only_where("owner_who IS NOT NULL"))
    op.create_index("ix_alerts_snooze", "alerts", ["snooze_by"], **only_where("snooze_by IS NOT NULL"))
    op.add_column("posts", sa.Column("act_id", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("why", sa.Text(), server_default="", nullable=False))
    op.add_column("posts", sa.Column("climbed", sa.Text(), server_default="", nullable=False))
    op.add_column("posts", sa.Column("alert_id", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("size", sa.Integer(), server_default="1", nullable=False))
    op.add_column("posts", sa.Column("seen_at", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column("tasks", sa.Column("percent", sa.Integer(), nullable=True))
    op.add_column("tasks", sa.Column("unfinished_subject", sa.Text(), nullable=True))
    of_unfinished = only_where("unfinished_subject IS NOT NULL")
    op.create_index("ix_tasks_unfinished", "tasks", ["unfinished_subject", "updated_at"], **of_unfinished)
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workload", "account", "tenant", "machine")),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notes_workload", "notes", ["workload", "id"])
    op.create_index("ix_notes_machine", "notes", ["machine"])
    op.create_index("ix_notes_at", "notes", ["at"])
