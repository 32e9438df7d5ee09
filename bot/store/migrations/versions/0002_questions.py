"""Questions from the copy: what many tasks share gets tables of its own, and questions get their indexes.

Tasks and standings are kept, each standing with what its last run was of. Counts are made anew from the tasks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OLD = ("tasks", "standings", "counts")
_FILTERED = ("machine", "plan", "tenant", "started_by")

_SHAPES = """
    INSERT INTO shapes (type, state, code, kind, workload, is_root)
    SELECT DISTINCT type, state, code, kind, workload, is_root FROM tasks_0001
"""
_TENANTS = """
    INSERT INTO tenants (account, id, uuid, name, locator)
    SELECT DISTINCT t.account, t.tenant_id, t.tenant_uuid, n.name, t.tenant_locator
    FROM tasks_0001 t JOIN names n ON n.id = t.tenant_name
"""
_MACHINES = """
    INSERT INTO machines (id, name)
    SELECT DISTINCT t.resource_id, n.name FROM tasks_0001 t JOIN names n ON n.id = t.name
"""
_PLANS = """
    INSERT INTO plans (id, name)
    SELECT DISTINCT t.policy_id, n.name FROM tasks_0001 t JOIN names n ON n.id = t.plan
"""
_TASKS = """
    INSERT INTO tasks (account, id, uuid, shape, subject, tenant, machine, plan, started_by, cause, cause_code,
        began_at, updated_at, enqueued_at, started_at, completed_at)
    SELECT t.account, t.id, t.uuid, s.number, t.subject, c.number, m.number, p.number, t.started_by, t.cause,
        t.cause_code, t.began_at, t.updated_at, t.enqueued_at, t.started_at, t.completed_at
    FROM tasks_0001 t
    JOIN names cn ON cn.id = t.tenant_name
    JOIN names mn ON mn.id = t.name
    JOIN names pn ON pn.id = t.plan
    JOIN shapes s ON s.type = t.type AND s.state = t.state AND s.code = t.code AND s.kind = t.kind
        AND s.workload = t.workload AND s.is_root = t.is_root
    JOIN tenants c ON c.account = t.account AND c.id = t.tenant_id AND c.uuid = t.tenant_uuid AND c.name = cn.name
        AND c.locator = t.tenant_locator
    JOIN machines m ON m.id = t.resource_id AND m.name = mn.name
    JOIN plans p ON p.id = t.policy_id AND p.name = pn.name
    ORDER BY t.updated_at
"""
_COUNTS = """
    INSERT INTO counts (tenant, shape, cause, day, runs)
    SELECT t.tenant, t.shape, t.cause, t.completed_at / 86400000000, count(*)
    FROM tasks t JOIN shapes s ON s.number = t.shape
    WHERE s.is_root AND s.state = 'completed' AND t.completed_at IS NOT NULL
    GROUP BY 1, 2, 3, 4
"""
# Of tasks that began together SQLite gives the bare columns of one of them, and all of the same one.
_STANDINGS = """
    INSERT INTO standings (subject, run_shape, run_tenant, run_machine, run_plan, run_began_at, run_ended_at, run_code,
        good_began_at, good_ended_at)
    SELECT o.subject, l.shape, l.tenant, l.machine, l.plan, o.run_began_at, o.run_ended_at, o.run_code,
        o.good_began_at, o.good_ended_at
    FROM standings_0001 o
    JOIN (SELECT subject, shape, tenant, machine, plan, max(began_at) FROM tasks WHERE subject IS NOT NULL
        GROUP BY subject) l ON l.subject = o.subject
"""


def upgrade() -> None:
    op.execute("DELETE FROM answers")  # questions are written otherwise now: their buttons say that they are too old
    for index in ("completed", "subject", "updated"):
        op.drop_index(f"ix_tasks_{index}", table_name="tasks")
    for table in _OLD:
        op.rename_table(table, f"{table}_0001")
    _make_shared()
    _make_tasks()
    _make_small()
    for statement in (_SHAPES, _TENANTS, _MACHINES, _PLANS, _TASKS, _COUNTS, _STANDINGS):
        op.execute(statement)
    for table in _OLD:
        op.drop_table(f"{table}_0001")
    _index()


def _make_shared() -> None:
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
    for table in ("machines", "plans"):
        op.create_table(
            table,
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("number"),
            sa.UniqueConstraint("id", "name"),
        )


def _make_tasks() -> None:
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


def _make_small() -> None:
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
        "counts",
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("shape", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "shape", "cause", "day"),
        sqlite_with_rowid=False,
    )


def _index() -> None:
    op.create_index("ix_tasks_subject", "tasks", ["subject", "began_at"], sqlite_where=sa.text("subject IS NOT NULL"))
    op.create_index("ix_tasks_rest", "tasks", ["updated_at"], sqlite_where=sa.text("subject IS NULL"))
    op.create_index("ix_tasks_updated", "tasks", ["updated_at"])
    op.create_index("ix_tasks_started", "tasks", ["started_at"])
    op.create_index("ix_tasks_completed", "tasks", ["completed_at"])
    op.create_index("ix_tasks_shape_started", "tasks", ["shape", "started_at", "completed_at", *_FILTERED])
    op.create_index("ix_tasks_shape_completed", "tasks", ["shape", "completed_at", "started_at", *_FILTERED])
    op.create_index("ix_tasks_tenant", "tasks", ["tenant", "shape", "completed_at", "started_at"])
    op.create_index("ix_tasks_machine", "tasks", ["machine"])
    op.create_index("ix_tasks_plan", "tasks", ["plan", "shape", "completed_at", "started_at"])
    op.create_index("ix_tasks_started_by", "tasks", ["started_by"])
    op.create_index("ix_tasks_cause", "tasks", ["cause"])
    op.create_index("ix_posts_ts", "posts", ["ts"])
