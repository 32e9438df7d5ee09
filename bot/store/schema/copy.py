"""The copy of Acronis's tasks, and what is counted of them.

What many tasks share lies once, and they carry its number: `shapes` (all that has few values), `tenants`, `machines`,
`plans`, and `names` for people and causes. Those tables are small enough to be searched in Python, where names are
compared without case in every language.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from bot.store.dialect import CLUSTERED, partial_index
from bot.store.schema.base import columns, metadata

names = Table(
    "names",  # of people, and causes
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

shapes = Table(
    "shapes",
    metadata,
    Column("number", Integer, primary_key=True),
    *columns(Text, "type", "state", "code", "kind", "workload"),
    Column("is_root", Boolean, nullable=False),
    UniqueConstraint("type", "state", "code", "kind", "workload", "is_root"),
)

tenants = Table(
    "tenants",
    metadata,
    Column("number", Integer, primary_key=True),
    *columns(Text, "account", "id", "uuid", "name", "locator"),
    UniqueConstraint("account", "id", "uuid", "name", "locator"),
)

bound_names = Table(
    "bound_names",  # of tenants in the settings, folded, and whom each means
    metadata,
    Column("name", Text, primary_key=True),
    *columns(Text, "tenant_id", "tenant_uuid"),
)

machines = Table(
    "machines",
    metadata,
    Column("number", Integer, primary_key=True),
    *columns(Text, "id", "name"),
    UniqueConstraint("id", "name"),
)

plans = Table(
    "plans",
    metadata,
    Column("number", Integer, primary_key=True),
    *columns(Text, "id", "name"),
    UniqueConstraint("id", "name"),
)

_FILTERED = ("machine", "plan", "tenant", "started_by")

tasks = Table(
    "tasks",
    metadata,
    Column("number", Integer, primary_key=True),
    *columns(Text, "account", "id", "uuid"),
    Column("shape", Integer, nullable=False),
    Column("subject", Text),  # of a run the rules count; none for all others
    *columns(Integer, "tenant", "machine", "plan", "started_by", "cause"),
    Column("cause_code", Text, nullable=False),
    *columns(BigInteger, "began_at", "updated_at"),
    *columns(BigInteger, "enqueued_at", "started_at", "completed_at", null=True),
    Column("percent", Integer),  # from 0 to 100, how far a run was that is not over
    Column("unfinished_subject", Text),  # of a run the rules will count when it is over; none when its trace is lost
    Column("bytes", BigInteger),  # that a run has read or written so far; none where Acronis does not tell
    Column("still_since", BigInteger),  # of a run that goes on: when its progress changed last; none where that is told
    Column("long_at", BigInteger),  # of a run that goes on: when to look whether it takes too long
    UniqueConstraint("account", "id"),
    partial_index("ix_tasks_subject", "subject", "began_at", where="subject IS NOT NULL"),
    partial_index("ix_tasks_unfinished", "unfinished_subject", "updated_at", where="unfinished_subject IS NOT NULL"),
    partial_index("ix_tasks_rest", "updated_at", where="subject IS NULL"),
    Index("ix_tasks_updated", "updated_at"),
    Index("ix_tasks_started", "started_at"),
    Index("ix_tasks_completed", "completed_at"),
    # A question is counted without a look at the rows: its window first, or what few tasks share first.
    Index("ix_tasks_shape_started", "shape", "started_at", "completed_at", *_FILTERED),
    Index("ix_tasks_shape_completed", "shape", "completed_at", "started_at", *_FILTERED),
    Index("ix_tasks_tenant", "tenant", "shape", "completed_at", "started_at"),
    Index("ix_tasks_machine", "machine"),
    Index("ix_tasks_plan", "plan", "shape", "completed_at", "started_at"),
    Index("ix_tasks_started_by", "started_by"),
    Index("ix_tasks_cause", "cause"),
)

standings = Table(
    "standings",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("run_shape", Integer, nullable=False),  # these four: of the last run
    *columns(Integer, "run_tenant", "run_machine", "run_plan"),
    *columns(BigInteger, "run_began_at", "run_ended_at"),
    Column("run_code", Text, nullable=False),
    *columns(BigInteger, "good_began_at", "good_ended_at", null=True),
    **CLUSTERED,  # every page of a poll writes many rows
)

counts = Table(
    "counts",  # of root tasks that are over; the day comes last: figures of many days are sums along the tree
    metadata,
    Column("tenant", Integer, primary_key=True),
    Column("shape", Integer, primary_key=True),
    Column("cause", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970 in UTC
    Column("runs", Integer, nullable=False),
    **CLUSTERED,
)
