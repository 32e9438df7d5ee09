"""What waits in the store, after the clock was set back: it must not wait until the old time comes again.

What is due at a time of day (the end of quiet hours) keeps it. Works inside the outbox's transaction.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting import reminders
from bot.model import Rules
from bot.store.cards.queue import NEVER, TRIED
from bot.store.schema import accounts, alerts, api_access, micros, posts, rhythms, storms, tasks, untried

LONGEST_DUE = timedelta(minutes=10)
"""No post is due later than this: quiet hours have a time of their own."""
LONGEST_RETRY = timedelta(minutes=61)
"""Nor one that Slack did not take (`alerting/retries.py`; a `Retry-After` counts for an hour)."""
_PAST = (
    *(accounts.c.read_at, accounts.c.missing_since),
    *(api_access.c.read_at, api_access.c.full_at),
    *(rhythms.c.since, untried.c.since),
)
"""When something was, or began. None of it lies ahead."""
_RUNS = (tasks.c.long_at, tasks.c.still_since)
"""Of runs under way: when to look at them, and since when they stand still."""


async def set_back(connection: AsyncConnection, rules: Rules, now: datetime, by: timedelta) -> None:
    """`by` so much, or zero where nobody knows (a start). What would wait longer than anything ever does is due now."""
    waiting = (posts.c.state.in_(TRIED), posts.c.due_at != NEVER)
    was_refused = or_(posts.c.refusals > 0, posts.c.repeats > 0)
    for column, latest, then in (
        (posts.c.due_at, case((was_refused, micros(now + LONGEST_RETRY)), else_=micros(now + LONGEST_DUE)), now),
        (posts.c.uncertain_at, micros(now), now),
        (posts.c.seen_at, micros(now), now),
        (posts.c.remind_at, micros(now + reminders.longest(rules) + by), now + rules.repeat_after),
    ):
        sooner = column - by // timedelta(microseconds=1)
        due = case((column > latest, micros(then)), else_=sooner)
        await connection.execute(update(posts).where(*waiting, column > micros(now)).values({column: due}))
    held = (posts.c.held_until > micros(now), posts.c.created_at > micros(now))  # by quiet hours of another day
    await connection.execute(update(posts).where(*waiting, *held).values(held_until=None))
    for was in _PAST:
        await connection.execute(update(was.table).where(was > micros(now)).values({was: micros(now)}))
    for at in _RUNS:
        ahead = (tasks.c.unfinished_subject.is_not(None), at > micros(now))
        await connection.execute(update(tasks).where(*ahead).values({at: micros(now)}))
    await connection.execute(update(rhythms).where(rhythms.c.learned_at > micros(now)).values(learned_at=0))
    for table in (alerts, storms):  # all are looked at once
        await connection.execute(
            update(table).where(table.c.next_look_at > micros(now)).values(next_look_at=micros(now))
        )
