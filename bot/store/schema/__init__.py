"""The tables. One schema for every engine; Alembic's migrations make it, a test holds the two against each other.

Times are whole microseconds since 1970 in UTC: they sort, index and compare alike on every engine. Ids are text.
"""

from bot.store.schema.accounts import accounts, leases, outages
from bot.store.schema.acronis import (
    acronis_alerts,
    agents,
    api_access,
    policies,
    policy_contexts,
    retired,
    rhythms,
    tenant_tree,
    untried,
    workloads,
)
from bot.store.schema.alerts import alerts, decisions, notes, occurrences
from bot.store.schema.base import DAY, EPOCH, metadata, micros, micros_or_none, moment, moment_or_none
from bot.store.schema.copy import bound_names, counts, machines, names, plans, shapes, standings, tasks, tenants
from bot.store.schema.people import answers, audit, deliveries, people
from bot.store.schema.posts import card_alerts, posts, storms

__all__ = [
    "DAY",
    "EPOCH",
    "accounts",
    "acronis_alerts",
    "agents",
    "alerts",
    "answers",
    "api_access",
    "audit",
    "bound_names",
    "card_alerts",
    "counts",
    "decisions",
    "deliveries",
    "leases",
    "machines",
    "metadata",
    "micros",
    "micros_or_none",
    "moment",
    "moment_or_none",
    "names",
    "notes",
    "occurrences",
    "outages",
    "people",
    "plans",
    "policies",
    "policy_contexts",
    "posts",
    "retired",
    "rhythms",
    "shapes",
    "standings",
    "storms",
    "tasks",
    "tenant_tree",
    "tenants",
    "untried",
    "workloads",
]
