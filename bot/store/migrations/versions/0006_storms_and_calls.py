"""A storm counts and links the cards before it; a message says when it called somebody.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from bot.store.dialect import only_where

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.add_column("posts", sa.Column("storm_id", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("called_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_posts_storm", "posts", ["storm_id"], **only_where("storm_id IS NOT NULL"))
    op.create_index("ix_posts_called", "posts", ["called_at"], **only_where("called_at IS NOT NULL"))
