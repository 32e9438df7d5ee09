"""What a replay says, for people: the cards of each day and channel, the totals, what changed. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks.text import count, plain, span
from bot.model import Alert, CardKind, Checkpoint, Severity
from bot.model.values import dataclass
from bot.replay.diff import Change, Heard
from bot.replay.dry_delivery import Outcome, Said, What
from bot.store.replay_source import Size

MOST = 100  # changes of one channel that are told one by one
_INDENT = " " * 17
_LOUD = Severity.CRITICAL.value.upper()  # stands in a column of its own


@dataclass(frozen=True, slots=True)
class Heading:
    since: datetime
    until: datetime
    now: datetime
    size: Size
    accounts: Sequence[Checkpoint]
    config: str = ""


def heading(start: Heading, zone: ZoneInfo) -> list[str]:
    by = f" by {start.config}" if start.config else ""
    what = count(start.size.subjects, "workload and plan", "workloads and plans")
    lines = [
        f"Replay{by} of {_day(start.since, zone)} {_clock(start.since, zone)}"
        f" to {_day(start.until, zone)} {_clock(start.until, zone)}, {zone.key}."
        f" {count(start.size.runs, 'run')} of {what}.",
        "Nothing was posted.",
    ]
    if not start.accounts:
        lines.append("The copy knows no account: the bot has not read Acronis yet.")
    for account in start.accounts:
        begins = account.history_from
        if begins is None or begins > start.since:
            reach = f"reaches back to {_day(begins, zone)} {_clock(begins, zone)} only" if begins else "is empty"
            lines.append(f"The copy of account {account.account} {reach}: what was before is not known.")
    return lines


def report(outcome: Outcome, since: datetime, zone: ZoneInfo) -> list[str]:
    """The cards, day by day and channel by channel, then the totals."""
    first = [each for each in outcome.said if each.what is What.CARD]
    cards = {card.id: card for card in outcome.cards}
    broadcasts = defaultdict[int, list[Said]](list)
    for each in outcome.said:
        if each.what is What.BROADCAST:
            broadcasts[each.card_id].append(each)
    lines = list[str]()
    first.sort(key=lambda each: (each.at.astimezone(zone).date(), each.channel, each.at))
    for (day, channel), told in groupby(first, key=lambda each: (_day(each.at, zone), each.channel)):
        lines += ["", f"{day} · {channel}"]
        for each in told:
            alerts = cards[each.card_id].alerts if each.card_id in cards else ()
            lines += _card(each, alerts, broadcasts[each.card_id], zone)
    if not first:
        lines += ["", "No card would have been posted."]
    return [*lines, "", *totals(outcome, since, zone)]


def _card(said: Said, alerts: Sequence[Alert], broadcasts: Sequence[Said], zone: ZoneInfo) -> Iterator[str]:
    loud = (Severity.CRITICAL if said.is_critical else Severity.WARNING).value.upper() if alerts else "–"
    yield f"  {_clock(said.at, zone)}  {loud:<9} {_safe(said.line).removeprefix(_LOUD).lstrip(':, ')}"
    for each in broadcasts:
        whom = f", mentions {called(each.mention)}" if each.mention else ""
        yield f"{_INDENT}{_when(each.at, said.at, zone)}, to the channel{whom}: {_safe(each.line)}"
    mentions = [f"mentions {called(said.mention)}"] if said.mention else []
    if facts := [*mentions, *_ended(alerts, said.at, zone)]:
        yield f"{_INDENT}{' · '.join(facts)}"


def _ended(alerts: Sequence[Alert], said_at: datetime, zone: ZoneInfo) -> Iterator[str]:
    """`recovered 06:12`, `31 alerts, 3 still failing`."""
    still = sum(alert.is_open for alert in alerts)
    if len(alerts) == 1 and not still:
        at = alerts[0].closed_at
        yield f"{alerts[0].ending or 'ended'}{f' {_when(at, said_at, zone)}' if at else ''}"
    elif len(alerts) == 1:
        yield "still failing"
    elif alerts:
        yield f"{count(len(alerts), 'alert')}, {f'{still:,} still failing' if still else 'all over'}"


def what_changed(found: Sequence[Change], names: tuple[str, str], zone: ZoneInfo) -> list[str]:
    """One line for each alert and channel. `names` are what the two accounts are called, the older first."""
    lines = ["", f"What changed: {names[0]}, and {names[1]}"]
    if not found:
        return [*lines, "  Nothing: the same alerts, told at the same times, mentioning the same people."]
    for channel, theirs in groupby(found, key=lambda change: change.heard.card.channel):
        each = list(theirs)
        lines += [f"  {channel}", *(f"    {_changed(change, names, zone)}" for change in each[:MOST])]
        if len(each) > MOST:
            lines.append(f"    and {len(each) - MOST:,} more")
    return lines


def _changed(change: Change, names: tuple[str, str], zone: ZoneInfo) -> str:
    alert, at = change.heard.alert, change.said_at
    tenant = plain(alert.latest.tenant.name)
    what = f"{plain(alert.latest.name) or plain(alert.latest.type)}{f', {tenant}' if tenant else ''}"
    told = f"only {names[1] if change.before is None else names[0]}"
    if change.before and change.after:
        told = "; ".join(_differences(change.before, change.after, change, zone))
    return f"{_day(at, zone)} {_clock(at, zone)}  {what}: {told}"


def _differences(before: Heard, after: Heard, change: Change, zone: ZoneInfo) -> Iterator[str]:
    if before.alert.assessment.severity is not after.alert.assessment.severity:
        yield f"{after.alert.assessment.severity} instead of {before.alert.assessment.severity}"
    if before.mentions != after.mentions:
        yield f"mentions {_all(after.mentions)} instead of {_all(before.mentions)}"
    if before.is_folded != after.is_folded:
        yield "in a storm" if after.is_folded else "on a card of its own instead of in a storm"
    if change.is_other_time:
        then, now = after.card.said_at, before.card.said_at
        yield f"told {_when(then, now, zone)} instead of {_clock(now, zone)}"


def _all(mentions: Iterable[str]) -> str:
    return " and ".join(sorted(called(each) for each in mentions)) or "nobody"


def _safe(line: str) -> str:
    """One line for a terminal: what customers typed steers nothing."""
    return "".join(character if character.isprintable() else " " for character in line)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a} {at.astimezone(zone).day} {at.astimezone(zone):%b}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _when(at: datetime, beside: datetime, zone: ZoneInfo) -> str:
    """With its day where that is another one."""
    same = at.astimezone(zone).date() == beside.astimezone(zone).date()
    return _clock(at, zone) if same else f"{_day(at, zone)} {_clock(at, zone)}"


# ── the figures: how much was said, whom it called and how often at night, what waited or stayed unsaid ──

EVENING: Final = time(22)
MORNING: Final = time(7)
_GROUP_KINDS = (CardKind.STORM, CardKind.PLATFORM)
_GROUP = "<!subteam^"


def totals(outcome: Outcome, since: datetime, zone: ZoneInfo) -> list[str]:
    number = Counter(each.what for each in outcome.said)
    broadcast = f", {number[What.BROADCAST]:,} of them to the channel too" if number[What.BROADCAST] else ""
    rows = [
        ("cards", _cards(outcome.said)),
        ("storms", _storms(outcome)),
        ("edits", f"{number[What.EDIT]:,}"),
        ("lines", f"{number[What.LINE] + number[What.BROADCAST]:,} in threads{broadcast}"),
        *_named("mentions", _mentions(outcome.said, zone)),
        ("held", ", ".join(_held(outcome, since)) or "0"),
        *_named("silent", [f"{each.alerts:,}: {each.reason}" for each in outcome.silences]),
    ]
    return ["Totals", *(f"  {name:<10} {told}" for name, told in rows)]


def called(mention: str) -> str:
    """Whom a mention in Slack's own form calls, in words: nothing in a terminal is live."""
    if mention.startswith(_GROUP):
        return f"group {mention.removeprefix(_GROUP).rstrip('>')}"
    return f"@{mention.strip('<>!@')}"


def _named(name: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    return [(name if not place else "", line) for place, line in enumerate(lines or ["none"])]


def _cards(said: Sequence[Said]) -> str:
    cards = [each for each in said if each.what is What.CARD]
    if not cards:
        return "0"
    critical = sum(each.is_critical for each in cards)
    channels = count(len({each.channel for each in cards}), "channel")
    return f"{len(cards):,} in {channels}{f', {critical:,} critical' if critical else ''}"


def _storms(outcome: Outcome) -> str:
    shown = {each.card_id for each in outcome.said if each.what is What.CARD}
    storms = [card for card in outcome.cards if card.kind in _GROUP_KINDS and card.id in shown]
    alerts = sum(len(card.alerts) for card in storms)
    return f"{len(storms):,}, with {count(alerts, 'alert')}" if storms else "0"


def _mentions(said: Sequence[Said], zone: ZoneInfo) -> list[str]:
    calls = [each for each in said if each.mention]
    whom = Counter(each.mention for each in calls)
    night = Counter(each.mention for each in calls if not MORNING <= each.at.astimezone(zone).time() < EVENING)
    return [
        f"{called(mention)} {count(times, 'time')}, {night[mention]:,} of them from {EVENING:%H:%M} to {MORNING:%H:%M}"
        for mention, times in whom.most_common()
    ]


def _held(outcome: Outcome, since: datetime) -> Iterator[str]:
    held = [card for card in outcome.cards if card.held_from is not None and card.held_from >= since]
    if not held:
        return
    yield f"{len(held):,}"
    waits = sorted(card.said_at - card.held_from for card in held if card.is_shown and card.held_from)
    if waits:
        yield f"for {span(timedelta(seconds=median(each.total_seconds() for each in waits)))} at the median"
        yield f"{span(waits[-1])} at most"
    if gone := sum(card.is_withdrawn for card in held):
        yield f"{gone:,} of them never told: recovered before"
    if waiting := sum(not (card.is_shown or card.is_withdrawn) for card in held):
        yield f"{waiting:,} still held"
