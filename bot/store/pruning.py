"""Forgets what is too old to matter, in small steps, so that no poll waits for it."""

from datetime import datetime

from sqlalchemy import Delete, and_, delete, or_, select, update

from bot.model import AlertStatus, Rules
from bot.store.answers import KEPT
from bot.store.engine import Database
from bot.store.schema import (
    accounts,
    alerts,
    answers,
    card_alerts,
    counts,
    micros,
    occurrences,
    posts,
    standings,
    tasks,
)

STEP = 500
"""Rows deleted in one transaction."""

DAY = 86_400_000_000


class Pruner:
    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules

    async def prune(self, now: datetime) -> int:
        """One step. Returns how many tasks went; fewer than `STEP` means that nothing old is left."""
        runs = micros(now - self._rules.keep_runs)
        rest = micros(now - self._rules.keep_rest)
        is_run = tasks.c.subject.is_not(None)
        old = (
            select(tasks.c.account, tasks.c.id)
            .where(
                tasks.c.updated_at < rest,
                or_(and_(is_run, tasks.c.updated_at < runs), tasks.c.subject.is_(None)),
            )
            .limit(STEP)
        )
        async with self._database.write() as connection:
            rows = (await connection.execute(old)).all()
            for account in {row.account for row in rows}:
                ids = [row.id for row in rows if row.account == account]
                await connection.execute(delete(tasks).where(tasks.c.account == account, tasks.c.id.in_(ids)))
            for statement in self._small_ones(now, runs):
                await connection.execute(statement)
            complete_from = update(accounts).where(accounts.c.history_from < runs).values(history_from=runs)
            await connection.execute(complete_from)
        return len(rows)

    def _small_ones(self, now: datetime, runs: int) -> tuple[Delete, ...]:
        """Tables of which little is due at a time: answers, ended alerts with their cards, counts and standings."""
        ended = select(alerts.c.id).where(alerts.c.status == AlertStatus.RESOLVED.value, alerts.c.closed_at < runs)
        alone = select(card_alerts.c.card_id).where(card_alerts.c.card_id == posts.c.id)
        parents = select(posts.c.parent_id).where(posts.c.parent_id.is_not(None))
        told_of = select(posts.c.about_id).where(posts.c.about_id.is_not(None))
        return (
            delete(answers).where(answers.c.as_of < micros(now - KEPT)),
            delete(card_alerts).where(card_alerts.c.alert_id.in_(ended)),
            delete(occurrences).where(occurrences.c.alert_id.in_(ended)),
            delete(alerts).where(alerts.c.id.in_(ended)),
            delete(posts).where(posts.c.created_at < runs, posts.c.parent_id.is_not(None)),
            delete(posts).where(
                posts.c.created_at < runs, ~alone.exists(), posts.c.id.not_in(parents), posts.c.id.not_in(told_of)
            ),
            delete(counts).where(counts.c.day < runs // DAY),
            delete(standings).where(standings.c.run_ended_at < runs),  # what still runs keeps its last good run
        )
