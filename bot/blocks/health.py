"""The bot's own health: what is wrong first, then each part in a line."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.blocks.layout import HEADLINE, Paragraph, Reader, Small, message
from bot.blocks.phrase import At, Foreign, Phrase, Strong
from bot.blocks.text import count, foreign, name_of, span, telling
from bot.model import HealthReport, Message, Person, Reach
from bot.model.plans import Access, Api

SLOW_QUEUE = timedelta(minutes=2)
"""A message that waits for longer is no usual wait."""


STALE_READINGS = 4
"""Readings of plans that did not come through."""


def health_answer(report: HealthReport, person: Person) -> Message:
    wrong = _wrong(report)
    alerts = _alerts(report)
    bot: Phrase = (Strong("The bot needs a look"),) if wrong else (Strong("The bot is well"),)
    first = Paragraph(((Strong(alerts),), bot, *((Foreign(each, 400, whole=True),) for each in wrong)))
    parts: tuple[Phrase, ...] = (
        *(_account(reach, report) for reach in report.accounts),
        *(("Account ", Foreign(name), ", ", Foreign(told, 400, whole=True)) for name, told in report.events.items()),
        ("Messages and edits to Slack: ", _queue(report)),
        *_plans(report),
        ("Way in: ", report.way_in.kind, ", cut now" if report.way_in.trouble else ", open"),
        ("Running since ", At(report.up_since), f", for {span(report.at - report.up_since)}"),
        *((each,) for each in report.may_read),
    )
    headline = foreign(". ".join([*wrong, alerts]) if wrong else f"{alerts}. The bot is well", HEADLINE, whole=True)
    lines = [Paragraph((part,), inset=1) for part in parts]
    versions = Small(tuple((each,) for each in report.versions))
    return message(headline, [first, *lines, versions], Reader.of(person, report.at))


def _alerts(report: HealthReport) -> str:
    if not report.open:
        return "No alert is open"
    critical = f", {report.critical:,} critical" if report.critical else ""
    return f"{count(report.open, 'alert')} open{critical}"


def _wrong(report: HealthReport) -> list[str]:
    """Sentences without their stops, the worst first."""
    late = [reach for reach in report.accounts if reach.account in report.late]
    found = [f"Account {reach.account} was {_unread(reach, report)}" for reach in late]
    if report.store_trouble:
        found.append(report.store_trouble.rstrip("."))
    for account, why in report.unfinished.items():
        found.append(f"The last list of account {account} was not read to its end ({why.rstrip('.')})")
    found += plan_troubles(report)
    if report.way_in.trouble:
        found.append(f"Slack cannot reach the bot: {report.way_in.trouble.rstrip('.')}")
    if report.oldest >= SLOW_QUEUE:
        found.append(f"The oldest message to Slack waits for {span(report.oldest)}")
    return found


def plan_troubles(report: HealthReport) -> list[str]:
    """What cannot be read beside tasks, in sentences without their stops: each that is forbidden, and what fails by
    its cause. Names the account where there are several."""
    if report.plans is None:
        return []
    found: dict[tuple[str, str], list[str]] = {}
    for each in report.plans.accesses:
        why = each.words.partition(". ")[0].rstrip(".")
        if each.access is Access.FORBIDDEN:
            found[each.account, why] = []
        elif each.access is Access.FAILING:
            found.setdefault((each.account, why), []).append(each.api.value)
        elif (
            each.api is Api.STATUSES and each.read_at and report.at - each.read_at > STALE_READINGS * report.plans.every
        ):
            found[each.account, f"not read for {span(report.at - each.read_at)}"] = [each.api.value]
    several = len(report.accounts) > 1
    return [
        f"{f'Account {account}: ' if several else ''}{_sentence(apis, why)}" for (account, why), apis in found.items()
    ]


def _sentence(apis: Sequence[str], why: str) -> str:
    if not apis:
        return why
    *others, last = apis
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{names[0].upper()}{names[1:]} cannot be read ({why})"


def _plans(report: HealthReport) -> Iterator[Phrase]:
    """When plans were last read, and whose schedules are no use."""
    if report.plans is None:
        yield ("Plans are not read (read = false under [plans])",)
        return
    read = [each.read_at for each in report.plans.accesses if each.api is Api.STATUSES and each.read_at]
    if not read:
        yield ("Plans, not read yet",)
    else:
        yield ("Plans and run times, read ", At(min(read)), f", {span(report.at - min(read))} ago")
    if report.plans.unread:
        first, *others = report.plans.unread
        more = f"; nor can {count(len(others), 'other')}" if others else ""
        yield (
            *("The schedule of plan ", Foreign(name_of(first.name, telling(first.id)), 60), " cannot be read ("),
            *(Foreign(first.why_unknown, 200), f"){more}"),
        )


def _unread(reach: Reach, report: HealthReport) -> str:
    return f"not read for {span(report.at - reach.read_at)}" if reach.read_at else "never read"


def _account(reach: Reach, report: HealthReport) -> Phrase:
    name: Phrase = ("Account ", Foreign(reach.account, 60))
    if reach.read_at is None:
        return (*name, ", not read yet")
    read: Phrase = (*name, ", read ", At(reach.read_at), f", {span(report.at - reach.read_at)} ago")
    return (*read, "; runs since ", At(reach.runs_from)) if reach.runs_from else read


def _queue(report: HealthReport) -> str:
    if not report.waiting:
        return "nothing waiting"
    oldest = f", the oldest for {span(report.oldest)}" if report.oldest else ""
    return f"{report.waiting:,} waiting{oldest}"
