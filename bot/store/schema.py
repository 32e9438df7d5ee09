"""The tables. One schema for every engine; Alembic's migrations make it, a test holds the two against each other.

Times are whole microseconds since 1970 in UTC: they sort, index and compare alike on every engine. Ids are text.
What many tasks share lies once, and they carry its number: `shapes` (all that has few values), `tenants`, `machines`,
`plans`, and `names` for people and causes. Those tables are small enough to be searched in Python, where names are
compared without case in every language.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.dialect import CLUSTERED, never_changed, partial_index

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000  # microseconds

metadata = MetaData()


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def moment(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def _columns(kind: Any, *names: str, null: bool = False) -> list[Column[Any]]:
    """Columns that differ in their names only."""
    return [Column(name, kind, nullable=null) for name in names]


def _words(*names: str) -> list[Column[Any]]:
    """Texts that are "" where nothing was written."""
    return [Column(name, Text, nullable=False, server_default="") for name in names]


accounts = Table(
    "accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("position", BigInteger),  # the checkpoint; none before the first start
    *_columns(BigInteger, "quiet_since", "watched_from", "history_from", "read_at", null=True),
    Column("missed", Integer, nullable=False, server_default="0"),  # polls that failed in a row
    Column("missing_since", BigInteger),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # "" where it was given back
    Column("until", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False, server_default="0"),  # how often it changed hands
)

members = Table(
    "members",  # the processes that share the work
    metadata,
    Column("owner", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),  # it is dead then, unless it was heard of again
    Column("is_reached", Boolean, nullable=False),  # whether people's presses and questions come to it
)

prunings = Table(
    "prunings",  # one row
    metadata,
    Column("id", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),  # how often rows that tasks share were deleted
)

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
    *_columns(Text, "type", "state", "code", "kind", "workload"),
    Column("is_root", Boolean, nullable=False),
    UniqueConstraint("type", "state", "code", "kind", "workload", "is_root"),
)

tenants = Table(
    "tenants",
    metadata,
    Column("number", Integer, primary_key=True),
    *_columns(Text, "account", "id", "uuid", "name", "locator"),
    UniqueConstraint("account", "id", "uuid", "name", "locator"),
)

bound_names = Table(
    "bound_names",  # of tenants in the settings, folded, and whom each means
    metadata,
    Column("name", Text, primary_key=True),
    *_columns(Text, "tenant_id", "tenant_uuid"),
)

machines = Table(
    "machines",
    metadata,
    Column("number", Integer, primary_key=True),
    *_columns(Text, "id", "name"),
    UniqueConstraint("id", "name"),
)

plans = Table(
    "plans",
    metadata,
    Column("number", Integer, primary_key=True),
    *_columns(Text, "id", "name"),
    UniqueConstraint("id", "name"),
)

_FILTERED = ("machine", "plan", "tenant", "started_by")

tasks = Table(
    "tasks",
    metadata,
    Column("number", Integer, primary_key=True),
    *_columns(Text, "account", "id", "uuid"),
    Column("shape", Integer, nullable=False),
    Column("subject", Text),  # of a run the rules count; none for all others
    *_columns(Integer, "tenant", "machine", "plan", "started_by", "cause"),
    Column("cause_code", Text, nullable=False),
    *_columns(BigInteger, "began_at", "updated_at"),
    *_columns(BigInteger, "enqueued_at", "started_at", "completed_at", null=True),
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
    *_columns(Integer, "run_tenant", "run_machine", "run_plan"),
    *_columns(BigInteger, "run_began_at", "run_ended_at"),
    Column("run_code", Text, nullable=False),
    *_columns(BigInteger, "good_began_at", "good_ended_at", null=True),
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

alerts = Table(
    "alerts",  # in the order of the noun's fields; what is not said otherwise is of the latest failed run
    metadata,
    Column("id", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    *_columns(Text, "account", "task_id", "fingerprint", "subject", "kind", "code"),
    *_columns(Text, "tenant_id", "tenant_uuid", "tenant_name", "tenant_locator", "name"),
    *_columns(Text, "plan", "type"),
    *_columns(BigInteger, "began_at", "ended_at"),
    *_columns(Text, "cause_text", "cause_code", "cause_ser_code", "cause_entry", "cause_step"),
    *_columns(Text, "cause_link"),
    Column("cause_is_platform", Boolean, nullable=False),
    *_columns(Text, "workload", "resource_id", "resource_type", "resource_name", "policy_id"),
    *_columns(Text, "policy_type", "policy_name", "started_by"),
    Column("occurrences", Integer, nullable=False),
    Column("closed_at", BigInteger),
    Column("ending", Text),
    Column("previous_id", Integer),
    *_columns(Text, "severity", "reason"),
    Column("target", BigInteger, nullable=False),  # microseconds
    *_columns(BigInteger, "last_good_at", "misses_at", "next_run_at", null=True),
    Column("is_in_time", Boolean),  # whether the next run ends in time for the target
    Column("retries", Boolean, nullable=False),
    Column("target_why", Text, nullable=False, server_default=""),
    *_columns(Integer, "attempt", "attempts", null=True),
    Column("gives_up_at", BigInteger),
    Column("owner_who", Text),
    Column("owner_since", BigInteger),
    Column("owner_name", Text),
    *_columns(BigInteger, "owner_asked_at", "snooze_until", null=True),
    Column("snooze_by", Text),
    Column("snooze_since", BigInteger),
    *_columns(Text, "snooze_name", "snooze_end", null=True),
    Column("snooze_failed_at", BigInteger),
    Column("snooze_cause", Text),
    Column("snooze_in_a_row", Integer),  # failures when it was pressed
    Column("snooze_is_missed", Boolean),  # whether the target was missed by then
    *_columns(BigInteger, "noted_at", "acted_at", null=True),
    Column("next_look_at", BigInteger),
    *_columns(Text, "resolution_by", "resolution_name", "resolution_reason", null=True),  # where a person ended it
    partial_index("ux_alerts_open", "fingerprint", where="status = 'open'", unique=True),
    Index("ix_alerts_fingerprint", "fingerprint", "id"),
    Index("ix_alerts_status", "status", "account"),
    partial_index("ix_alerts_next_look", "next_look_at", where="next_look_at IS NOT NULL"),
    partial_index("ix_alerts_owner", "owner_who", where="owner_who IS NOT NULL"),
    partial_index("ix_alerts_snooze", "snooze_by", where="snooze_by IS NOT NULL"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("account", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False),
    *_columns(Text, "subject", "code"),
    *_columns(BigInteger, "began_at", "ended_at"),
    Column("healed_at", BigInteger),
    Index("ix_occurrences_alert", "alert_id"),
    Index("ix_occurrences_subject", "subject"),
)

outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("reason", Text, nullable=False),
)

posts = Table(
    "posts",  # everything that channels are to be shown: cards, and the replies in their threads
    metadata,
    Column("id", Integer, primary_key=True),
    *_columns(Text, "kind", "account", "channel"),
    *_columns(BigInteger, "created_at", "due_at"),
    Column("urgency", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("parent_id", Integer, ForeignKey("posts.id")),  # set: a reply to that card
    Column("outage_id", Integer, ForeignKey("outages.id")),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),  # the one that the channel should show
    Column("words_version", Integer, nullable=False, server_default="1"),  # the one that last changed words
    Column("shown", Integer, nullable=False),  # the version that it does show
    Column("refusals", Integer, nullable=False),
    Column("ts", Text, nullable=False),
    Column("mention", Text, nullable=False, server_default=""),  # whom it mentions, in Slack's own form
    Column("held_until", BigInteger),  # the end of quiet hours
    Column("says", Text, nullable=False, server_default="ended"),  # of a reply: what it is about
    Column("broadcast", Boolean, nullable=False, server_default=false()),
    Column("reminders", Integer, nullable=False, server_default="0"),  # how often a critical card was raised again
    Column("remind_at", BigInteger),  # when it is raised next
    Column("sending", Integer),  # the version that is being sent
    Column("uncertain_at", BigInteger),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("repeated", Boolean, nullable=False, server_default=false()),
    Column("plain", Boolean, nullable=False, server_default=false()),
    Column("trouble", Text, nullable=False, server_default=""),  # Slack's word for why it is stuck
    Column("earlier_ts", Text, nullable=False, server_default=""),  # an older message of this card
    Column("about_id", Integer, ForeignKey("posts.id")),  # of what could not be shown: the card that tells of it
    Column("ended_at", BigInteger),  # of an undelivered card: when its channel could be reached again
    Column("about_channel", Text, nullable=False, server_default=""),  # of an undelivered card: the channel it is about
    Column("about_code", Text, nullable=False, server_default=""),  # and Slack's word for why
    Column("storm_id", Integer),  # of an alert's own card: the storm's or banner's card that counts and links it
    Column("called_at", BigInteger),  # when its message called whom it mentions; 0: another one just had
    Column("act_id", Integer),  # of a line about what a person did: its row of the audit
    Column("why", Text, nullable=False, server_default=""),  # of a line: what happened
    Column("climbed", Text, nullable=False, server_default=""),  # the keys of the steps of climbing that were taken
    Column("alert_id", Integer),  # of a direct message: the alert that it is about, the first of `size`
    Column("size", Integer, nullable=False, server_default="1"),
    Column("seen_at", BigInteger),  # when people could first see it
    partial_index("ix_posts_owed", "state", "due_at", where="version > shown"),
    Index("ix_posts_parent", "parent_id"),
    Index("ix_posts_ts", "ts"),
    partial_index("ix_posts_called", "called_at", where="called_at IS NOT NULL"),
    partial_index("ix_posts_storm", "storm_id", where="storm_id IS NOT NULL"),
    partial_index("ix_posts_about", "about_id", where="about_id IS NOT NULL"),
    partial_index("ix_posts_about_channel", "about_channel", where="about_channel <> ''"),
)

card_alerts = Table(
    "card_alerts",  # which alerts a card shows; a summary shows many
    metadata,
    Column("card_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True),
    Column("added_at", BigInteger, nullable=False, server_default="0"),
    Index("ix_card_alerts_alert", "alert_id"),
    Index("ix_card_alerts_added", "added_at"),
)

storms = Table(
    "storms",
    metadata,
    Column("card_id", Integer, ForeignKey("posts.id"), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("entry", Text, nullable=False),  # the error book's entry that a platform's banner is about; "" of a storm
    Column("since", BigInteger, nullable=False),  # the alerts' own cards that were wanted from then on are linked
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # when it last took in an alert
    Column("is_open", Boolean, nullable=False),
    Column("next_look_at", BigInteger),  # when time alone changes something about it
    partial_index("ix_storms_open", "channel", where="is_open"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    *_columns(Text, "channel", "verdict", "reason"),
    Index("ix_decisions_alert", "alert_id"),
)

notes = Table(
    "notes",  # what people wrote, kept with the workload
    metadata,
    Column("id", Integer, primary_key=True),
    *_columns(Text, "workload", "account", "tenant", "machine"),  # the last three as they were called then
    Column("alert_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    *_columns(Text, "by", "name", "text"),
    Index("ix_notes_workload", "workload", "id"),
    Index("ix_notes_machine", "machine"),
    Index("ix_notes_at", "at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Text, primary_key=True),
    *_columns(Text, "verb", "argument", "asker", "query"),
    Column("as_of", BigInteger, nullable=False),
    Index("ix_answers_as_of", "as_of"),
)

people = Table(
    "people",  # the last that Slack said of each
    metadata,
    Column("user_id", Text, primary_key=True),
    *_columns(Text, "teams", "zone"),
    Column("name", Text, nullable=False, server_default=""),  # as people call them; may be hostile
    *_columns(Boolean, "is_guest", "is_stranger", "is_bot", "is_deleted", "is_found"),
    Column("seen_at", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",  # what Slack sent, by key, so that a restart does not answer it again
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

audit = Table(
    "audit",  # in the order of the noun's fields, then the names that the alert bore; rows are never changed
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    *_columns(Text, "user_id", "user_name", "team_id", "act", "channel", "via"),
    Column("alert_id", Integer),  # refers to nothing: alerts go earlier
    Column("size", Integer, nullable=False),
    *_columns(Text, "target", "text", "to_id", "to_name"),
    Column("until", BigInteger),
    *_columns(Text, "end", "refused", "before", "after", "key"),
    *_columns(Text, "tenant", "name", "plan"),
    partial_index("ux_audit_key", "key", where="key <> ''", unique=True),
    Index("ix_audit_at", "at"),
    Index("ix_audit_user", "user_id", "at"),
    Index("ix_audit_alert", "alert_id"),
)
never_changed(audit)

# ── what Acronis says beyond its tasks; ids are in lower case ──

api_access = Table(
    "api_access",  # how each API of an account stands, in the order of the noun's fields
    metadata,
    Column("account", Text, primary_key=True),
    Column("api", Text, primary_key=True),
    *_columns(Text, "access", "words"),
    *_columns(BigInteger, "read_at", "position", null=True),
    Column("full_at", BigInteger),  # when the last reading of all of it began that came to its end
)

workloads = Table(
    "workloads",  # statuses and facts; the run times are those of its backup policies
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *_columns(Text, "type", "name", "tenant_id", "tenant_name", "agent_id", "status", "execution", "plan_names"),
    *_columns(BigInteger, "created_at", "updated_at", null=True),
    *_columns(BigInteger, "last_run_at", "last_good_at", "next_run_at", "enabled_again_at", null=True),
    Column("has_backup", Boolean, nullable=False),  # whether a backup policy is on it
    Column("zone_minutes", Integer),
    Column("deleted_at", BigInteger),  # when it was first seen to be gone
    *_columns(BigInteger, "status_at", "facts_at", null=True),  # when its status and its facts were last read
    Column("applied_at", BigInteger),  # when the plans on it were last read
    Index("ix_workloads_agent", "account", "agent_id"),
    **CLUSTERED,
)

policies = Table(
    "policies",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *_columns(Text, "root_id", "type", "name", "tenant_id"),
    Column("is_enabled", Boolean, nullable=False),
    *_columns(Text, "schedule", "why_unknown"),  # as JSON, "" where there is none
    Column("retry_interval", BigInteger),  # microseconds
    *_columns(Integer, "retry_most", "most_days", null=True),
    *_columns(BigInteger, "updated_at", "gone_at", null=True),
    Column("seen_at", BigInteger, nullable=False),  # when it was last read
    Index("ix_policies_root", "account", "root_id"),
)

policy_contexts = Table(
    "policy_contexts",  # which policies are on which workloads, as far as it is known
    metadata,
    Column("account", Text, primary_key=True),
    Column("workload_id", Text, primary_key=True),
    Column("policy_id", Text, primary_key=True),
    *_columns(Boolean, "is_enabled", "is_licensed", null=True),
    *_columns(Text, "deployment", "execution", "event_id"),  # the last: an alert of Acronis's
    *_columns(BigInteger, "last_run_at", "last_good_at", "next_run_at", "gone_at", null=True),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_policy_contexts_policy", "account", "policy_id"),
    **CLUSTERED,
)

agents = Table(
    "agents",
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *_columns(Text, "name", "tenant_id"),
    *_columns(Boolean, "is_online", "is_enabled", null=True),
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
    *_columns(Text, "type", "category", "severity", "tenant_id", "tenant_uuid", "resource_id", "resource_name"),
    *_columns(Text, "plan_id", "plan_name", "activity_id", "text"),
    Column("days", Integer),
    *_columns(BigInteger, "created_at", "updated_at", "ended_at", null=True),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_acronis_alerts_resource", "account", "resource_id"),
    Index("ix_acronis_alerts_created", "created_at"),
)

tenant_tree = Table(
    "tenant_tree",  # in the order of the noun's fields
    metadata,
    Column("account", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *_columns(Text, "number", "name", "kind", "parent_id"),
    *_columns(Boolean, "is_enabled", "is_visible"),
    Column("deleted_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_tenant_tree_number", "account", "number"),
)

rhythms = Table(
    "rhythms",  # when each subject of `standings` is due
    metadata,
    Column("subject", Text, primary_key=True),
    Column("account", Text, nullable=False),
    *_columns(Text, "source", "rhythm", "basis"),  # the second as JSON; the last is what it was made of
    Column("due_at", BigInteger),  # the first start whose deadline had not passed when it was looked at
    Column("deadline_at", BigInteger),  # until when its run may begin
    Column("next_due_at", BigInteger),  # the start after it
    Column("next_look_at", BigInteger),  # when time alone changes something about it
    *_columns(BigInteger, "target", "usual_length", null=True),  # microseconds; the first where the rhythm is known
    Column("learned_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # from when on starts are expected: a plan that changed begins anew
    *_words("excuse", "excuse_why"),  # why nothing is expected of it as things stand, "" where something is
    Column("excuse_until", BigInteger),
    *_words("doubt_why"),  # why the last start could not be judged, "" where it could
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
