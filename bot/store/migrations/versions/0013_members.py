"""Which processes share the work, how often each lease changed hands, and how often something was pruned.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.add_column("leases", sa.Column("fence", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "members",
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "prunings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
