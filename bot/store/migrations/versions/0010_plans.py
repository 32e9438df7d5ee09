"""What Acronis says beyond its tasks: plans, workloads, agents, tenants, its alerts; when each subject is due.

Revision ID: 0010
Revises: 0009
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.dialect import only_where

revision = "0010"
down_revision: str | None = "0009"


def _columns(kind: Any, *names: str, null: bool = False) -> Iterable[sa.Column[Any]]:
    return (sa.Column(name, kind(), nullable=null) for name in names)


def _create(table: str, key: tuple[str, ...], *columns: sa.Column[Any], clustered: bool = True) -> None:
    options = {"sqlite_with_rowid": False} if clustered else {}
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(*key), **options)


def upgrade() -> None:
    _create(
        "api_access",
        ("account", "api"),
        *_columns(sa.Text, "account", "api", "access", "words"),
        *_columns(sa.BigInteger, "read_at", "position", "full_at", null=True),
        clustered=False,
    )
    _create(
        "workloads",
        ("account", "id"),
        *_columns(sa.Text, "account", "id", "type", "name", "tenant_id", "tenant_name", "agent_id"),
        *_columns(sa.Text, "status", "execution", "plan_names"),
        *_columns(sa.BigInteger, "created_at", "updated_at", null=True),
        *_columns(sa.BigInteger, "last_run_at", "last_good_at", "next_run_at", "enabled_again_at", null=True),
        *_columns(sa.Boolean, "has_backup"),
        *_columns(sa.Integer, "zone_minutes", null=True),
        *_columns(sa.BigInteger, "deleted_at", "status_at", "facts_at", "applied_at", null=True),
    )
    op.create_index("ix_workloads_agent", "workloads", ["account", "agent_id"])
    _create(
        "policies",
        ("account", "id"),
        *_columns(sa.Text, "account", "id", "root_id", "type", "name", "tenant_id"),
        *_columns(sa.Boolean, "is_enabled"),
        *_columns(sa.Text, "schedule", "why_unknown"),
        *_columns(sa.BigInteger, "retry_interval", null=True),
        *_columns(sa.Integer, "retry_most", "most_days", null=True),
        *_columns(sa.BigInteger, "updated_at", "gone_at", null=True),
        *_columns(sa.BigInteger, "seen_at"),
        clustered=False,
    )
    op.create_index("ix_policies_root", "policies", ["account", "root_id"])
    _create(
        "policy_contexts",
        ("account", "workload_id", "policy_id"),
        *_columns(sa.Text, "account", "workload_id", "policy_id"),
        *_columns(sa.Boolean, "is_enabled", "is_licensed", null=True),
        *_columns(sa.Text, "deployment", "execution", "event_id"),
        *_columns(sa.BigInteger, "last_run_at", "last_good_at", "next_run_at", "gone_at", null=True),
        *_columns(sa.BigInteger, "seen_at"),
    )
    op.create_index("ix_policy_contexts_policy", "policy_contexts", ["account", "policy_id"])
    _create(
        "agents",
        ("account", "id"),
        *_columns(sa.Text, "account", "id", "name", "tenant_id"),
        *_columns(sa.Boolean, "is_online", "is_enabled", null=True),
        *_columns(sa.BigInteger, "offline_since", "online_since", null=True),
        *_columns(sa.BigInteger, "seen_at"),
    )
    _create(
        "acronis_alerts",
        ("account", "id"),
        *_columns(sa.Text, "account", "id", "type", "category", "severity", "tenant_id", "tenant_uuid"),
        *_columns(sa.Text, "resource_id", "resource_name", "plan_id", "plan_name", "activity_id", "text"),
        *_columns(sa.Integer, "days", null=True),
        *_columns(sa.BigInteger, "created_at", "updated_at", "ended_at", null=True),
        *_columns(sa.BigInteger, "seen_at"),
        clustered=False,
    )
    op.create_index("ix_acronis_alerts_resource", "acronis_alerts", ["account", "resource_id"])
    op.create_index("ix_acronis_alerts_created", "acronis_alerts", ["created_at"])
    _create(
        "tenant_tree",
        ("account", "id"),
        *_columns(sa.Text, "account", "id", "number", "name", "kind", "parent_id"),
        *_columns(sa.Boolean, "is_enabled", "is_visible"),
        *_columns(sa.BigInteger, "deleted_at", null=True),
        *_columns(sa.BigInteger, "seen_at"),
        clustered=False,
    )
    op.create_index("ix_tenant_tree_number", "tenant_tree", ["account", "number"])
    _create(
        "rhythms",
        ("subject",),
        *_columns(sa.Text, "subject", "account", "source", "rhythm", "basis"),
        *_columns(sa.BigInteger, "due_at", "deadline_at", "next_due_at", "next_look_at", null=True),
        *_columns(sa.BigInteger, "target", "usual_length", null=True),
        *_columns(sa.BigInteger, "learned_at", "since"),
    )
    is_looked_at = only_where("next_look_at IS NOT NULL")
    op.create_index("ix_rhythms_next_look", "rhythms", ["next_look_at"], **is_looked_at)
    op.add_column("alerts", sa.Column("target_why", sa.Text(), server_default="", nullable=False))
    for column in (*_columns(sa.Integer, "attempt", "attempts", null=True), sa.Column("gives_up_at", sa.BigInteger())):
        op.add_column("alerts", column)
