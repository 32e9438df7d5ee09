"""How far runs are that may hang, and what they saved.

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
