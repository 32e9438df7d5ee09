"""The figures of a replay: how much was said, whom it called and how often at night, what waited or stayed unsaid."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks.text import count, span
from bot.model import CardKind
from bot.replay.dry_delivery import Said, What
from bot.replay.show import Show
from bot.store.told import ToldCard

EVENING: Final = time(22)
MORNING: Final = time(7)
_CROWDS = (CardKind.STORM, CardKind.PLATFORM)
_GROUP = "<!subteam^"


def totals(show: Show, since: datetime, zone: ZoneInfo) -> list[str]:
    rows = [
        ("cards", _cards(show.said)),
        ("storms", _storms(show)),
        ("edits", f"{_number(show.said, What.EDIT):,}"),
        ("lines", _lines(show.said)),
        *_named("mentions", _mentions(show.said, zone)),
        ("held", _held(show, since)),
        *_named("silent", [f"{each.alerts:,}: {each.reason}" for each in show.silences]),
    ]
    return ["Totals", *(f"  {name:<10} {told}" for name, told in rows)]


def called(mention: str) -> str:
    """Whom a mention in Slack's own form calls, in words: nothing in a terminal is live."""
    if mention.startswith(_GROUP):
        return f"group {mention.removeprefix(_GROUP).rstrip('>')}"
    return f"@{mention.strip('<>!@')}"


def _named(name: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    return [(name if not place else "", line) for place, line in enumerate(lines or ["none"])]


def _number(said: Sequence[Said], *what: What) -> int:
    return sum(each.what in what for each in said)


def _cards(said: Sequence[Said]) -> str:
    cards = [each for each in said if each.what is What.CARD]
    if not cards:
        return "0"
    critical = sum(each.is_critical for each in cards)
    channels = count(len({each.channel for each in cards}), "channel")
    return f"{len(cards):,} in {channels}{f', {critical:,} critical' if critical else ''}"


def _storms(show: Show) -> str:
    shown = {each.card_id for each in show.said if each.what is What.CARD}
    storms = [card for card in show.cards if card.kind in _CROWDS and card.id in shown]
    alerts = sum(len(card.alerts) for card in storms)
    return f"{len(storms):,}, with {count(alerts, 'alert')}" if storms else "0"


def _lines(said: Sequence[Said]) -> str:
    broadcast = _number(said, What.BROADCAST)
    told = f", {broadcast:,} of them to the channel too" if broadcast else ""
    return f"{_number(said, What.LINE, What.BROADCAST):,} in threads{told}"


def _mentions(said: Sequence[Said], zone: ZoneInfo) -> list[str]:
    calls = [each for each in said if each.mention]
    whom = Counter(each.mention for each in calls)
    night = Counter(each.mention for each in calls if _is_night(each.at, zone))
    return [
        f"{called(mention)} {count(times, 'time')}, {night[mention]:,} of them from {EVENING:%H:%M} to {MORNING:%H:%M}"
        for mention, times in whom.most_common()
    ]


def _is_night(at: datetime, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).time()
    return clock >= EVENING or clock < MORNING


def _held(show: Show, since: datetime) -> str:
    held = [card for card in show.cards if card.held_from is not None and card.held_from >= since]
    return ", ".join(_waits(held)) or "0"


def _waits(held: Sequence[ToldCard]) -> Iterator[str]:
    if not held:
        return
    yield f"{len(held):,}"
    waits = sorted(card.told_at - card.held_from for card in held if card.is_shown and card.held_from)
    if waits:
        yield f"for {span(timedelta(seconds=median(each.total_seconds() for each in waits)))} at the median"
        yield f"{span(waits[-1])} at most"
    if gone := sum(card.is_withdrawn for card in held):
        yield f"{gone:,} of them never told: recovered before"
    if waiting := sum(not (card.is_shown or card.is_withdrawn) for card in held):
        yield f"{waiting:,} still held"
