"""The tables as they were before the first release: three earlier versions were never released, and are refused.

Each later change is a migration of its own.

Revision ID: 0004
Revises:
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.dialect import only_where

revision = "0004"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        *_columns(sa.Text(), "account"),
        *_columns(sa.BigInteger(), "position", "quiet_since", "watched_from", "history_from", "read_at", null=True),
        *_columns(sa.Integer(), "missed", default="0"),
        *_columns(sa.BigInteger(), "missing_since", null=True),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "alerts",
        *_columns(sa.Integer(), "id"),
        *_columns(sa.Text(), "status"),
        *_columns(sa.BigInteger(), "opened_at"),
        *_columns(
            sa.Text(),
            "account",
            "task_id",
            "fingerprint",
            "subject",
            "kind",
            "code",
            "tenant_id",
            "tenant_uuid",
            "tenant_name",
            "tenant_locator",
            "name",
            "plan",
            "type",
        ),
        *_columns(sa.BigInteger(), "began_at", "ended_at"),
        *_columns(sa.Text(), "cause_text", "cause_code", "cause_ser_code", "cause_entry", "cause_step", "cause_link"),
        *_columns(sa.Boolean(), "cause_is_platform"),
        *_columns(
            sa.Text(),
            "workload",
            "resource_id",
            "resource_type",
            "resource_name",
            "policy_id",
            "policy_type",
            "policy_name",
            "started_by",
        ),
        *_columns(sa.Integer(), "occurrences"),
        *_columns(sa.BigInteger(), "closed_at", null=True),
        *_columns(sa.Text(), "ending", null=True),
        *_columns(sa.Integer(), "previous_id", null=True),
        *_columns(sa.Text(), "severity", "reason"),
        *_columns(sa.BigInteger(), "target"),
        *_columns(sa.BigInteger(), "last_good_at", "misses_at", "next_run_at", null=True),
        *_columns(sa.Boolean(), "is_in_time", null=True),
        *_columns(sa.Boolean(), "retries"),
        *_columns(sa.Text(), "owner_who", null=True),
        *_columns(sa.BigInteger(), "owner_since", "snooze_until", null=True),
        *_columns(sa.Text(), "snooze_by", "snooze_reason", null=True),
        *_columns(sa.BigInteger(), "next_look_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_alerts_fingerprint", "alerts", "fingerprint", "id")
    _index("ix_alerts_next_look", "alerts", "next_look_at", where="status = 'open'")
    _index("ix_alerts_status", "alerts", "status", "account")
    _index("ux_alerts_open", "alerts", "fingerprint", where="status = 'open'", unique=True)
    op.create_table(
        "answers",
        *_columns(sa.Text(), "id", "verb", "argument", "asker", "query"),
        *_columns(sa.BigInteger(), "as_of"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_answers_as_of", "answers", "as_of")
    op.create_table(
        "counts",
        *_columns(sa.Integer(), "tenant", "shape", "cause", "day", "runs"),
        sa.PrimaryKeyConstraint("tenant", "shape", "cause", "day"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        *_columns(sa.Text(), "name", "holder"),
        *_columns(sa.BigInteger(), "until"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "machines",
        *_columns(sa.Integer(), "number"),
        *_columns(sa.Text(), "id", "name"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", "name"),
    )
    op.create_table(
        "names",
        *_columns(sa.Integer(), "id"),
        *_columns(sa.Text(), "name"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "outages",
        *_columns(sa.Integer(), "id"),
        *_columns(sa.Text(), "account"),
        *_columns(sa.BigInteger(), "began_at"),
        *_columns(sa.BigInteger(), "ended_at", null=True),
        *_columns(sa.Text(), "reason"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "plans",
        *_columns(sa.Integer(), "number"),
        *_columns(sa.Text(), "id", "name"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", "name"),
    )
    op.create_table(
        "shapes",
        *_columns(sa.Integer(), "number"),
        *_columns(sa.Text(), "type", "state", "code", "kind", "workload"),
        *_columns(sa.Boolean(), "is_root"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("type", "state", "code", "kind", "workload", "is_root"),
    )
    op.create_table(
        "standings",
        *_columns(sa.Text(), "subject"),
        *_columns(sa.Integer(), "run_shape", "run_tenant", "run_machine", "run_plan"),
        *_columns(sa.BigInteger(), "run_began_at", "run_ended_at"),
        *_columns(sa.Text(), "run_code"),
        *_columns(sa.BigInteger(), "good_began_at", "good_ended_at", null=True),
        sa.PrimaryKeyConstraint("subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tasks",
        *_columns(sa.Integer(), "number"),
        *_columns(sa.Text(), "account", "id", "uuid"),
        *_columns(sa.Integer(), "shape"),
        *_columns(sa.Text(), "subject", null=True),
        *_columns(sa.Integer(), "tenant", "machine", "plan", "started_by", "cause"),
        *_columns(sa.Text(), "cause_code"),
        *_columns(sa.BigInteger(), "began_at", "updated_at"),
        *_columns(sa.BigInteger(), "enqueued_at", "started_at", "completed_at", null=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("account", "id"),
    )
    _index("ix_tasks_cause", "tasks", "cause")
    _index("ix_tasks_completed", "tasks", "completed_at")
    _index("ix_tasks_machine", "tasks", "machine")
    _index("ix_tasks_plan", "tasks", "plan", "shape", "completed_at", "started_at")
    _index("ix_tasks_rest", "tasks", "updated_at", where="subject IS NULL")
    _index(
        "ix_tasks_shape_completed",
        "tasks",
        "shape",
        "completed_at",
        "started_at",
        "machine",
        "plan",
        "tenant",
        "started_by",
    )
    _index(
        "ix_tasks_shape_started",
        "tasks",
        "shape",
        "started_at",
        "completed_at",
        "machine",
        "plan",
        "tenant",
        "started_by",
    )
    _index("ix_tasks_started", "tasks", "started_at")
    _index("ix_tasks_started_by", "tasks", "started_by")
    _index("ix_tasks_subject", "tasks", "subject", "began_at", where="subject IS NOT NULL")
    _index("ix_tasks_tenant", "tasks", "tenant", "shape", "completed_at", "started_at")
    _index("ix_tasks_updated", "tasks", "updated_at")
    op.create_table(
        "tenants",
        *_columns(sa.Integer(), "number"),
        *_columns(sa.Text(), "account", "id", "uuid", "name", "locator"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("account", "id", "uuid", "name", "locator"),
    )
    op.create_table(
        "decisions",
        *_columns(sa.Integer(), "id", "alert_id"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Text(), "channel", "verdict", "reason"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
    )
    _index("ix_decisions_alert", "decisions", "alert_id")
    op.create_table(
        "occurrences",
        *_columns(sa.Text(), "account", "task_id"),
        *_columns(sa.Integer(), "alert_id"),
        *_columns(sa.Text(), "subject", "code"),
        *_columns(sa.BigInteger(), "began_at", "ended_at"),
        *_columns(sa.BigInteger(), "healed_at", null=True),
        sa.PrimaryKeyConstraint("account", "task_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
    )
    _index("ix_occurrences_alert", "occurrences", "alert_id")
    _index("ix_occurrences_subject", "occurrences", "subject")
    op.create_table(
        "posts",
        *_columns(sa.Integer(), "id"),
        *_columns(sa.Text(), "kind", "account", "channel"),
        *_columns(sa.BigInteger(), "created_at", "due_at"),
        *_columns(sa.Integer(), "urgency"),
        *_columns(sa.Text(), "key"),
        *_columns(sa.Integer(), "parent_id", "outage_id", null=True),
        *_columns(sa.Text(), "state"),
        *_columns(sa.Integer(), "version"),
        *_columns(sa.Integer(), "words_version", default="1"),
        *_columns(sa.Integer(), "shown", "refusals"),
        *_columns(sa.Text(), "ts"),
        *_columns(sa.Text(), "mention", default=""),
        *_columns(sa.BigInteger(), "held_until", null=True),
        *_columns(sa.Text(), "says", default="ended"),
        *_columns(sa.Boolean(), "broadcast", default=sa.false()),
        *_columns(sa.Integer(), "reminders", default="0"),
        *_columns(sa.BigInteger(), "remind_at", null=True),
        *_columns(sa.Integer(), "sending", null=True),
        *_columns(sa.BigInteger(), "uncertain_at", null=True),
        *_columns(sa.Integer(), "repeats", "looks", default="0"),
        *_columns(sa.Boolean(), "repeated", "plain", default=sa.false()),
        *_columns(sa.Text(), "trouble", "earlier_ts", default=""),
        *_columns(sa.Integer(), "about_id", null=True),
        *_columns(sa.BigInteger(), "ended_at", null=True),
        *_columns(sa.Text(), "about_channel", "about_code", default=""),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["about_id"], ["posts.id"]),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["posts.id"]),
        sa.UniqueConstraint("key"),
    )
    _index("ix_posts_about", "posts", "about_id", where="about_id IS NOT NULL")
    _index("ix_posts_about_channel", "posts", "about_channel", where="about_channel <> ''")
    _index("ix_posts_owed", "posts", "state", "due_at", where="version > shown")
    _index("ix_posts_parent", "posts", "parent_id")
    _index("ix_posts_ts", "posts", "ts")
    op.create_table(
        "card_alerts",
        *_columns(sa.Integer(), "card_id", "alert_id"),
        *_columns(sa.BigInteger(), "added_at", default="0"),
        sa.PrimaryKeyConstraint("card_id", "alert_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
        sa.ForeignKeyConstraint(["card_id"], ["posts.id"]),
    )
    _index("ix_card_alerts_added", "card_alerts", "added_at")
    _index("ix_card_alerts_alert", "card_alerts", "alert_id")
    op.create_table(
        "storms",
        *_columns(sa.Integer(), "card_id"),
        *_columns(sa.Text(), "channel", "entry"),
        *_columns(sa.BigInteger(), "since", "opened_at", "last_at"),
        *_columns(sa.Boolean(), "is_open"),
        *_columns(sa.BigInteger(), "next_look_at", null=True),
        sa.PrimaryKeyConstraint("card_id"),
        sa.ForeignKeyConstraint(["card_id"], ["posts.id"]),
    )
    _index("ix_storms_open", "storms", "channel", where="is_open")


def _columns(kind: Any, *names: str, null: bool = False, default: Any = None) -> list[sa.Column[Any]]:
    """Columns that differ in their names only."""
    return [sa.Column(name, kind, nullable=null, server_default=default) for name in names]


def _index(name: str, table: str, *columns: str, where: str = "", unique: bool = False) -> None:
    """Of the rows only for which `where` holds."""
    condition: dict[str, Any] = only_where(where) if where else {}
    op.create_index(name, table, list(columns), unique=unique, **condition)
