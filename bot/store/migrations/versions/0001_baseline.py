"""The tables as they were when the first version was released. Each later change is a migration of its own.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("quiet_since", sa.BigInteger(), nullable=True),
        sa.Column("watched_from", sa.BigInteger(), nullable=True),
        sa.Column("history_from", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missing_since", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("tenant_uuid", sa.Text(), nullable=False),
        sa.Column("tenant_name", sa.Text(), nullable=False),
        sa.Column("tenant_locator", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("cause_text", sa.Text(), nullable=False),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("cause_ser_code", sa.Text(), nullable=False),
        sa.Column("cause_entry", sa.Text(), nullable=False),
        sa.Column("cause_step", sa.Text(), nullable=False),
        sa.Column("cause_link", sa.Text(), nullable=False),
        sa.Column("cause_is_platform", sa.Boolean(), nullable=False),
        sa.Column("workload", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_type", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("last_good_at", sa.BigInteger(), nullable=True),
        sa.Column("misses_at", sa.BigInteger(), nullable=True),
        sa.Column("next_run_at", sa.BigInteger(), nullable=True),
        sa.Column("is_in_time", sa.Boolean(), nullable=True),
        sa.Column("retries", sa.Boolean(), nullable=False),
        sa.Column("owner_who", sa.Text(), nullable=True),
        sa.Column("owner_since", sa.BigInteger(), nullable=True),
        sa.Column("snooze_until", sa.BigInteger(), nullable=True),
        sa.Column("snooze_by", sa.Text(), nullable=True),
        sa.Column("snooze_reason", sa.Text(), nullable=True),
        sa.Column("next_look_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alerts_fingerprint", "alerts", ["fingerprint", "id"], unique=False)
    op.create_index(
        "ix_alerts_next_look",
        "alerts",
        ["next_look_at"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_alerts_status", "alerts", ["status", "account"], unique=False)
    op.create_index(
        "ux_alerts_open",
        "alerts",
        ["fingerprint"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_answers_as_of", "answers", ["as_of"], unique=False)
    op.create_table(
        "counts",
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("shape", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "shape", "cause", "day"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "machines",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", "name"),
    )
    op.create_table(
        "names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "plans",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", "name"),
    )
    op.create_table(
        "shapes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("workload", sa.Text(), nullable=False),
        sa.Column("is_root", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("type", "state", "code", "kind", "workload", "is_root"),
    )
    op.create_table(
        "standings",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("run_shape", sa.Integer(), nullable=False),
        sa.Column("run_tenant", sa.Integer(), nullable=False),
        sa.Column("run_machine", sa.Integer(), nullable=False),
        sa.Column("run_plan", sa.Integer(), nullable=False),
        sa.Column("run_began_at", sa.BigInteger(), nullable=False),
        sa.Column("run_ended_at", sa.BigInteger(), nullable=False),
        sa.Column("run_code", sa.Text(), nullable=False),
        sa.Column("good_began_at", sa.BigInteger(), nullable=True),
        sa.Column("good_ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tasks",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("shape", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("machine", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=False),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("enqueued_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("account", "id"),
    )
    op.create_index("ix_tasks_cause", "tasks", ["cause"], unique=False)
    op.create_index("ix_tasks_completed", "tasks", ["completed_at"], unique=False)
    op.create_index("ix_tasks_machine", "tasks", ["machine"], unique=False)
    op.create_index("ix_tasks_plan", "tasks", ["plan", "shape", "completed_at", "started_at"], unique=False)
    op.create_index(
        "ix_tasks_rest",
        "tasks",
        ["updated_at"],
        unique=False,
        sqlite_where=sa.text("subject IS NULL"),
        postgresql_where=sa.text("subject IS NULL"),
    )
    op.create_index(
        "ix_tasks_shape_completed",
        "tasks",
        ["shape", "completed_at", "started_at", "machine", "plan", "tenant", "started_by"],
        unique=False,
    )
    op.create_index(
        "ix_tasks_shape_started",
        "tasks",
        ["shape", "started_at", "completed_at", "machine", "plan", "tenant", "started_by"],
        unique=False,
    )
    op.create_index("ix_tasks_started", "tasks", ["started_at"], unique=False)
    op.create_index("ix_tasks_started_by", "tasks", ["started_by"], unique=False)
    op.create_index(
        "ix_tasks_subject",
        "tasks",
        ["subject", "began_at"],
        unique=False,
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )
    op.create_index("ix_tasks_tenant", "tasks", ["tenant", "shape", "completed_at", "started_at"], unique=False)
    op.create_index("ix_tasks_updated", "tasks", ["updated_at"], unique=False)
    op.create_table(
        "tenants",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("account", "id", "uuid", "name", "locator"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decisions_alert", "decisions", ["alert_id"], unique=False)
    op.create_table(
        "occurrences",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("healed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
        ),
        sa.PrimaryKeyConstraint("account", "task_id"),
    )
    op.create_index("ix_occurrences_alert", "occurrences", ["alert_id"], unique=False)
    op.create_index("ix_occurrences_subject", "occurrences", ["subject"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("outage_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("mention", sa.Text(), server_default="", nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("says", sa.Text(), server_default="ended", nullable=False),
        sa.Column("broadcast", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("remind_at", sa.BigInteger(), nullable=True),
        sa.Column("sending", sa.Integer(), nullable=True),
        sa.Column("uncertain_at", sa.BigInteger(), nullable=True),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("repeated", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("plain", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("earlier_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("about_channel", sa.Text(), server_default="", nullable=False),
        sa.Column("about_code", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["about_id"],
            ["posts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["outage_id"],
            ["outages.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(
        "ix_posts_about",
        "posts",
        ["about_id"],
        unique=False,
        sqlite_where=sa.text("about_id IS NOT NULL"),
        postgresql_where=sa.text("about_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_about_channel",
        "posts",
        ["about_channel"],
        unique=False,
        sqlite_where=sa.text("about_channel <> ''"),
        postgresql_where=sa.text("about_channel <> ''"),
    )
    op.create_index(
        "ix_posts_owed",
        "posts",
        ["state", "due_at"],
        unique=False,
        sqlite_where=sa.text("version > shown"),
        postgresql_where=sa.text("version > shown"),
    )
    op.create_index("ix_posts_parent", "posts", ["parent_id"], unique=False)
    op.create_index("ix_posts_ts", "posts", ["ts"], unique=False)
    op.create_table(
        "card_alerts",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("card_id", "alert_id"),
    )
    op.create_index("ix_card_alerts_added", "card_alerts", ["added_at"], unique=False)
    op.create_index("ix_card_alerts_alert", "card_alerts", ["alert_id"], unique=False)
    op.create_table(
        "storms",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("next_look_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
    op.create_index(
        "ix_storms_open",
        "storms",
        ["channel"],
        unique=False,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
