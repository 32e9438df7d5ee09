"""The bot's own health: what is wrong first, then each part in a line."""

from datetime import timedelta

from bot.blocks.layout import HEADLINE, Paragraph, Reader, Small, message
from bot.blocks.phrase import At, Foreign, Phrase, Strong
from bot.blocks.text import count, foreign, span
from bot.model import HealthReport, Message, Person, Reach

SLOW_QUEUE = timedelta(minutes=2)
"""A message that waits for longer is no usual wait."""


def health_answer(report: HealthReport, person: Person) -> Message:
    wrong = _wrong(report)
    alerts = _alerts(report)
    bot: Phrase = (Strong("The bot needs a look"),) if wrong else (Strong("The bot is well"),)
    first = Paragraph(((Strong(alerts),), bot, *((Foreign(each, 400),) for each in wrong)))
    parts: tuple[Phrase, ...] = (
        *(_account(reach, report) for reach in report.accounts),
        *(("Account ", Foreign(name), ", ", Foreign(told, 400, whole=True)) for name, told in report.events.items()),
        ("Messages and edits to Slack: ", _queue(report)),
        ("Way in: ", report.way_in.kind, ", cut now" if report.way_in.trouble else ", open"),
        ("Running since ", At(report.up_since), f", for {span(report.at - report.up_since)}"),
        *((each,) for each in report.may_read),
    )
    headline = foreign(". ".join([*wrong, alerts]) if wrong else f"{alerts}. The bot is well", HEADLINE)
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
    if report.way_in.trouble:
        found.append(f"Slack cannot reach the bot: {report.way_in.trouble.rstrip('.')}")
    if report.oldest >= SLOW_QUEUE:
        found.append(f"The oldest message to Slack waits for {span(report.oldest)}")
    return found


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
