"""What Acronis says beyond its tasks, and when each subject is due. Ids are in lower case."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from bot.store.dialect import CLUSTERED, partial_index
from bot.store.schema.base import columns, metadata, words

api_access = Table(
    "api_access",  # how each API of an account stands, in the order of the noun's fields
    metadata,
    Column("account", Text, primary_key=True),
    Column("api", Text, primary_key=True),
    *columns(Text, "access", "words"),
    *columns(BigInteger, "read_at", "position", null=True),
    Column("full_at", BigInteger),  # when the last reading of all of it began that came to its end
)

workloads = Table(
    "workloads",  # statuses and facts; the run times are those of its backup policies
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *columns(Text, "type", "name", "tenant_id", "tenant_name", "agent_id", "status", "execution", "plan_names"),
    *columns(BigInteger, "created_at", "updated_at", null=True),
    *columns(BigInteger, "last_run_at", "last_good_at", "next_run_at", "enabled_again_at", null=True),
    Column("has_backup", Boolean, nullable=False),  # whether a backup policy is on it
    Column("zone_minutes", Integer),
    Column("deleted_at", BigInteger),  # when it was first seen to be gone
    *columns(BigInteger, "status_at", "facts_at", null=True),  # when its status and its facts were last read
    Column("applied_at", BigInteger),  # when the plans on it were last read
    Index("ix_workloads_agent", "account", "agent_id"),
    **CLUSTERED,
)

policies = Table(
    "policies",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *columns(Text, "root_id", "type", "name", "tenant_id"),
    Column("is_enabled", Boolean, nullable=False),
    *columns(Text, "schedule", "why_unknown"),  # as JSON, "" where there is none
    Column("retry_interval", BigInteger),  # microseconds
    *columns(Integer, "retry_most", "most_days", null=True),
    *columns(BigInteger, "updated_at", "gone_at", null=True),
    Column("seen_at", BigInteger, nullable=False),  # when it was last read
    Index("ix_policies_root", "account", "root_id"),
)

policy_contexts = Table(
    "policy_contexts",  # which policies are on which workloads, as far as it is known
    metadata,
    Column("account", Text, primary_key=True),
    Column("workload_id", Text, primary_key=True),
    Column("policy_id", Text, primary_key=True),
    *columns(Boolean, "is_enabled", "is_licensed", null=True),
    *columns(Text, "deployment", "execution", "event_id"),  # the last: an alert of Acronis's
    *columns(BigInteger, "last_run_at", "last_good_at", "next_run_at", "gone_at", null=True),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_policy_contexts_policy", "account", "policy_id"),
    **CLUSTERED,
)

agents = Table(
    "agents",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *columns(Text, "name", "tenant_id"),
    *columns(Boolean, "is_online", "is_enabled", null=True),
    Column("offline_since", BigInteger),  # when it was first seen to be away, until it is back
    Column("online_since", BigInteger),  # when it was first seen to be back
    Column("seen_at", BigInteger, nullable=False),
    **CLUSTERED,
)

acronis_alerts = Table(
    "acronis_alerts",  # in the order of the noun's fields
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *columns(Text, "type", "category", "severity", "tenant_id", "tenant_uuid", "resource_id", "resource_name"),
    *columns(Text, "plan_id", "plan_name", "activity_id", "text"),
    Column("days", Integer),
    *columns(BigInteger, "created_at", "updated_at", "ended_at", null=True),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_acronis_alerts_resource", "account", "resource_id"),
    Index("ix_acronis_alerts_created", "created_at"),
)

tenant_tree = Table(
    "tenant_tree",  # in the order of the noun's fields
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *columns(Text, "number", "name", "kind", "parent_id"),
    *columns(Boolean, "is_enabled", "is_visible"),
    Column("deleted_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_tenant_tree_number", "account", "number"),
)

rhythms = Table(
    "rhythms",  # when each subject of `standings` is due
    metadata,
    Column("subject", Text, primary_key=True),
    Column("account", Text, nullable=False),
    *columns(Text, "source", "rhythm", "basis"),  # the second as JSON; the last is what it was made of
    Column("due_at", BigInteger),  # the first start whose deadline had not passed when it was looked at
    Column("deadline_at", BigInteger),  # until when its run may begin
    Column("next_due_at", BigInteger),  # the start after it
    Column("next_look_at", BigInteger),  # when time alone changes something about it
    *columns(BigInteger, "target", "usual_length", null=True),  # microseconds; the first where the rhythm is known
    Column("learned_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # from when on starts are expected: a plan that changed begins anew
    *words("excuse", "excuse_why"),  # why nothing is expected of it as things stand, "" where something is
    Column("excuse_until", BigInteger),
    *words("doubt_why"),  # why the last start could not be judged, "" where it could
    Column("doubt_from", BigInteger),  # a run that began since ends the doubt
    partial_index("ix_rhythms_next_look", "next_look_at", where="next_look_at IS NOT NULL"),
    **CLUSTERED,
)

untried = Table(
    "untried",  # policies on workloads of which no run was ever seen
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("account", "workload_id", "policy_id")),
    Column("since", BigInteger, nullable=False),  # when that was first seen
    **CLUSTERED,
)

retired = Table(
    "retired",  # of what nothing is expected, until it runs again
    metadata,
    Column("subject", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("name", Text, nullable=False),  # of the person who retired it; may be hostile
)
