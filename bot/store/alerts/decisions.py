"""Why something was told, held, folded or left unsaid, kept with each alert so that `why` can answer."""

from collections.abc import Iterable

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Decision, Verdict
from bot.store.dialect import Prepared
from bot.store.schema import decisions, micros, moment

_COLUMNS = [name for name in decisions.c.keys() if name != "id"]  # noqa: SIM118 - a column collection is no dict
_PUT = Prepared(lambda: insert(decisions), _COLUMNS)


async def put(connection: AsyncConnection, made: Iterable[Decision]) -> None:
    await _PUT.many(
        connection, [(each.alert_id, micros(each.at), each.channel, each.verdict.value, each.reason) for each in made]
    )


async def of_alert(connection: AsyncConnection, alert_id: int) -> tuple[Decision, ...]:
    """The alert's decisions, oldest first."""
    rows = await connection.execute(
        select(decisions).where(decisions.c.alert_id == alert_id).order_by(decisions.c.at, decisions.c.id)
    )
    return tuple(Decision(row.alert_id, moment(row.at), Verdict(row.verdict), row.reason, row.channel) for row in rows)
