"""A whole replay: the tape is taken, simulated once or twice, and reported. All else lies in a folder that goes."""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.blocks.cards import Drawings
from bot.model import Checkpoint
from bot.model.rules import STALE_POLLS
from bot.replay.diff import changes
from bot.replay.dry_delivery import Outcome
from bot.replay.report import Heading, heading, report, what_changed
from bot.replay.simulation import MINUTE, Rulebook, Simulation
from bot.store.address import Address
from bot.store.cards.views import Views
from bot.store.engine import Database, standing_still
from bot.store.replay_source import Tape, cards_of, silences

BEFORE = timedelta(days=8)  # what is open when a replay begins was opened by a run before: plans run weekly at least


@dataclass(frozen=True, slots=True)
class Order:
    """What to replay, by which rules, and by which `other` ones. `views` and `drawings` make its cards."""

    address: Address
    since: datetime
    now: datetime
    every: timedelta
    zone: ZoneInfo
    views: Views
    drawings: Drawings
    book: Rulebook
    other: Rulebook | None = None
    other_name: str = ""


async def replay(order: Order) -> list[str]:
    """The lines of the report. Raises StoreError where the database is none of this version's."""
    with tempfile.TemporaryDirectory(prefix="nightshift-replay-") as folder:
        database = await standing_still(order.address, Path(folder))
        try:
            return await _lines(order, Tape(database), Path(folder))
        finally:
            await database.close()


async def _lines(order: Order, tape: Tape, folder: Path) -> list[str]:
    accounts = await tape.accounts()
    until = _ends(order, accounts)
    size = await tape.size(order.since, until)
    now = await _played(order, tape, order.book, folder / "now.sqlite3", until)
    shown, before, names = now, await cards_of(tape.database), ("the bot", "the replay")
    tolerance = max(2 * order.every, 3 * MINUTE)  # the bot's polls did not come at the replay's moments
    if order.other is not None:
        shown = await _played(order, tape, order.other, folder / "other.sqlite3", until)
        before, names, tolerance = now.cards, ("now", f"with {order.other_name}"), timedelta()
    found = changes(before, shown.cards, order.since, tolerance)
    start = Heading(order.since, until, order.now, size, accounts, order.other_name)
    return [
        *heading(start, order.zone),
        *report(shown, order.since, order.zone),
        *what_changed(found, names, order.zone),
    ]


def _ends(order: Order, accounts: tuple[Checkpoint, ...]) -> datetime:
    reads = [each.read_at for each in accounts if each.read_at]
    return min(order.now, max(reads) + max(STALE_POLLS * order.every, 2 * MINUTE)) if reads else order.now


async def _played(order: Order, tape: Tape, book: Rulebook, path: Path, until: datetime) -> Outcome:
    database = Database(path)
    try:
        await database.migrate()
        simulation = Simulation(tape, database, book, order.zone, order.views, order.drawings)
        await simulation.run(order.since - BEFORE, order.since, until, order.every)
        return Outcome(tuple(simulation.said), await cards_of(database), await silences(database, order.since))
    finally:
        await database.close()
