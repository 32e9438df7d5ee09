"""How far runs are that may hang, and what they saved; policies that never ran; what is not expected any more.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    for name in ("bytes", "still_since", "long_at"):
        op.add_column("tasks", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "untried",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("account", "workload_id", "policy_id")),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "workload_id", "policy_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retired",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
