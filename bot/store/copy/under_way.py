"""Which rows of the copy are runs under way: few among very many, so the way to them is said."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select

from bot.store.dialect import unindexed
from bot.store.schema import tasks

_own = tasks.alias("under_way")
_NUMBERS = select(_own.c.number).where(_own.c.unfinished_subject.is_not(None))


def is_under_way(accounts: Collection[str] | ColumnElement[str]) -> ColumnElement[bool]:
    """Runs of these accounts, or of the one that a statement is given, that the rules will count when they are over."""
    account = unindexed(tasks.c.account)
    is_theirs = account == accounts if isinstance(accounts, ColumnElement) else account.in_(accounts)
    return and_(tasks.c.number.in_(_NUMBERS), is_theirs)
