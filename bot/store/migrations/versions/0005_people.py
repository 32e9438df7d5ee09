"""The last that Slack said of each person, and the keys of its deliveries.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    flags = ("is_guest", "is_stranger", "is_bot", "is_deleted", "is_found")
    op.create_table(
        "people",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("user_id", "teams", "zone")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in flags),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
