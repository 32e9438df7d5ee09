"""Builds the parts of the bot from its settings, for the bot, its tests and its benchmarks.

Starts nothing and asks nobody: when parts start and stop is `app`'s. `answers` builds what answers people, `events`
what listens for events; they are loaded by themselves, late.
"""

from bot.wiring.alerts import (
    SLACK_SECONDS,
    VIEWS,
    AccountJobs,
    AlertStore,
    account_jobs,
    acronis_clients,
    acting_clients,
    alert_store,
    delivery,
    drawings,
    intakes,
    nothing_waits,
    plan_readings,
    prune,
    questions,
    review,
    rhythms,
    slack_client,
    slack_needs,
)
from bot.wiring.watches import figures, store_watch, way_in_watch, work_of

__all__ = [
    "SLACK_SECONDS",
    "VIEWS",
    "AccountJobs",
    "AlertStore",
    "account_jobs",
    "acronis_clients",
    "acting_clients",
    "alert_store",
    "delivery",
    "drawings",
    "figures",
    "intakes",
    "nothing_waits",
    "plan_readings",
    "prune",
    "questions",
    "review",
    "rhythms",
    "slack_client",
    "slack_needs",
    "store_watch",
    "way_in_watch",
    "work_of",
]
