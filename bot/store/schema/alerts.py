"""Alerts, what failed in them, why each was or was not told, and what people wrote about them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from bot.store.dialect import partial_index
from bot.store.schema.base import columns, metadata

alerts = Table(
    "alerts",  # in the order of the noun's fields; what is not said otherwise is of the latest failed run
    metadata,
    Column("id", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    *columns(Text, "account", "task_id", "fingerprint", "subject", "kind", "code"),
    *columns(Text, "tenant_id", "tenant_uuid", "tenant_name", "tenant_locator", "name"),
    *columns(Text, "plan", "type"),
    *columns(BigInteger, "began_at", "ended_at"),
    *columns(Text, "cause_text", "cause_code", "cause_ser_code", "cause_entry", "cause_step"),
    *columns(Text, "cause_link"),
    Column("cause_is_platform", Boolean, nullable=False),
    *columns(Text, "workload", "resource_id", "resource_type", "resource_name", "policy_id"),
    *columns(Text, "policy_type", "policy_name", "started_by"),
    Column("occurrences", Integer, nullable=False),
    Column("closed_at", BigInteger),
    Column("ending", Text),
    Column("previous_id", Integer),
    *columns(Text, "severity", "reason"),
    Column("target", BigInteger, nullable=False),  # microseconds
    *columns(BigInteger, "last_good_at", "misses_at", "next_run_at", null=True),
    Column("is_in_time", Boolean),  # whether the next run ends in time for the target
    Column("retries", Boolean, nullable=False),
    Column("target_why", Text, nullable=False, server_default=""),
    *columns(Integer, "attempt", "attempts", null=True),
    Column("gives_up_at", BigInteger),
    Column("owner_who", Text),
    Column("owner_since", BigInteger),
    Column("owner_name", Text),
    *columns(BigInteger, "owner_asked_at", "snooze_until", null=True),
    Column("snooze_by", Text),
    Column("snooze_since", BigInteger),
    *columns(Text, "snooze_name", "snooze_end", null=True),
    Column("snooze_failed_at", BigInteger),
    Column("snooze_cause", Text),
    Column("snooze_in_a_row", Integer),  # failures when it was pressed
    Column("snooze_is_missed", Boolean),  # whether the target was missed by then
    *columns(BigInteger, "noted_at", "acted_at", null=True),
    Column("next_look_at", BigInteger),
    *columns(Text, "resolution_by", "resolution_name", "resolution_reason", null=True),  # where a person ended it
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
    *columns(Text, "subject", "code"),
    *columns(BigInteger, "began_at", "ended_at"),
    Column("healed_at", BigInteger),
    Index("ix_occurrences_alert", "alert_id"),
    Index("ix_occurrences_subject", "subject"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    *columns(Text, "channel", "verdict", "reason"),
    Index("ix_decisions_alert", "alert_id"),
)

notes = Table(
    "notes",  # what people wrote, kept with the workload
    metadata,
    Column("id", Integer, primary_key=True),
    *columns(Text, "workload", "account", "tenant", "machine"),  # the last three as they were called then
    Column("alert_id", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    *columns(Text, "by", "name", "text"),
    Index("ix_notes_workload", "workload", "id"),
    Index("ix_notes_machine", "machine"),
    Index("ix_notes_at", "at"),
)
