"""Why nothing is expected of a workload's plan, and why a start could not be judged.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"


def upgrade() -> None:
    for name in ("excuse", "excuse_why", "doubt_why"):
        op.add_column("rhythms", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("excuse_until", "doubt_from"):
        op.add_column("rhythms", sa.Column(name, sa.BigInteger(), nullable=True))
