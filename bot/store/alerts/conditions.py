"""What alerts and their occurrences are asked for by, in SQL: what `is_open` and its kind are of an alert in memory."""

from sqlalchemy import and_, literal_column

from bot.model import AlertStatus, Severity
from bot.store.schema import alerts, occurrences

IS_OPEN = alerts.c.status == literal_column(f"'{AlertStatus.OPEN}'")  # literal: the indexes are partial
IS_RESOLVED = alerts.c.status == AlertStatus.RESOLVED.value
IS_CRITICAL = alerts.c.severity == Severity.CRITICAL.value
IS_TAKEN = alerts.c.owner_who.is_not(None)
IS_SNOOZED = alerts.c.snooze_until.is_not(None)
IS_UNTOUCHED = and_(~IS_TAKEN, ~IS_SNOOZED, alerts.c.noted_at.is_(None))
IS_UNHEALED = occurrences.c.healed_at.is_(None)
