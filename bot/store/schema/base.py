"""What all tables are made of, and times as they hold them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, MetaData, Text

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


def columns(kind: Any, *names: str, null: bool = False) -> list[Column[Any]]:
    """Columns that differ in their names only."""
    return [Column(name, kind, nullable=null) for name in names]


def words(*names: str) -> list[Column[Any]]:
    """Texts that are "" where nothing was written."""
    return [Column(name, Text, nullable=False, server_default="") for name in names]
