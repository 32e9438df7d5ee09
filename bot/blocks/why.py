"""Why an alert was posted, held, folded or kept silent: each decision as it was stored, oldest first."""

from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.alert_words import alert_name, as_of, cause_words, is_repeated, line
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.phrase import SLACK, At, Foreign, Mention, Phrase, Strong, join, message_link
from bot.blocks.restore_point import severity
from bot.blocks.silence_words import lasted, since
from bot.blocks.text import count, cut, foreign, plain
from bot.model import Alert, Block, Decision, Message, Modal, Person, Reasons, task_behind

DECISIONS = 20
CARDS = 5
_OLDEST = 3
_REASON = 200  # characters of a reason


def why_answer(reasons: Reasons, id: str, person: Person, *, site: str = SLACK) -> Message:  # noqa: A002 - the noun's own word
    """`id` is what was asked for: an alert's number or a task's id, not escaped."""
    alert = reasons.alert
    start = f"Why {f'alert {alert.id}' if alert else 'this run'}: "
    subject = alert_name(alert) if alert else plain(reasons.verdict) or "nothing is known of it"
    now = max((as_of(alert) if alert else Reader().now, *(each.at for each in reasons.decisions)))
    headline = start + foreign(subject, HEADLINE - len(start))
    return message(headline, _pieces(reasons, id, site), Reader.of(person, now), buttons=_details(alert))


def why_modal(reasons: Reasons, id: str, zone: ZoneInfo, *, site: str = SLACK) -> Modal:  # noqa: A002 - the noun's own word
    alert = reasons.alert
    title = cut(f"Why alert {alert.id}", 24) if alert else "Why"
    return modal(title, _pieces(reasons, id, site), zone, buttons=_details(alert))


def _details(alert: Alert | None) -> tuple[Block, ...]:
    return buttons.of_alert(alert)[:1] if alert else ()


def _pieces(reasons: Reasons, id: str, site: str) -> list[Piece]:  # noqa: A002 - the noun's own word
    alert = reasons.alert
    if alert is None:
        verdict = Foreign(reasons.verdict, 1_000) if plain(reasons.verdict) else "Nothing is known of it."
        decided = _decision_list(reasons.decisions) if reasons.decisions else []
        return [Paragraph.of(verdict), *decided, Small((("id ", Foreign(id, 40, whole=True)),))]
    return [
        Paragraph((line(alert), cause_words(alert))),
        Paragraph.of(severity(alert).capitalize()),
        *_decision_list(reasons.decisions),
        Paragraph(_cards(reasons, site)),
        Small(_small_print(alert)),
    ]


def _decision_list(decisions: tuple[Decision, ...]) -> list[Piece]:
    """All of them; where they are too many, the oldest few and the newest."""
    if not decisions:
        return [Paragraph.of("No decision is written down.")]
    title = Paragraph.of(Strong("What was decided"))
    if len(decisions) <= DECISIONS:
        return [title, *map(_decision, decisions)]
    newest = decisions[-(DECISIONS - _OLDEST) :]
    left = count(len(decisions) - DECISIONS, "decision")
    between = Paragraph.of(f"{left} between these are not shown", inset=1)
    return [title, *map(_decision, decisions[:_OLDEST]), between, *map(_decision, newest)]


def _decision(decision: Decision) -> Paragraph:
    """`Mon 04:10 · spoken in #backup-alerts · critical, by the route night`."""
    where: Phrase = (" in ", Mention(decision.channel)) if plain(decision.channel) else ()
    reason: Phrase = (Foreign(decision.reason, _REASON),) if plain(decision.reason) else ()
    return Paragraph.of(*join([(At(decision.at),), (Strong(decision.verdict.value), *where), reason]), inset=1)


def _cards(reasons: Reasons, site: str) -> tuple[Phrase, ...]:
    cards: list[Phrase] = []
    for posted in reasons.cards[:CARDS]:
        link = message_link(posted, site, plain(posted.name) or "card")
        cards.append((*link, " in ", Mention(posted.channel)) if link else ())
    more = len(reasons.cards) - CARDS
    listed = join([*cards, (f"and {more:,} more",) if more > 0 else ()], ", ")
    return (("Its cards: ", *listed),) if listed else ()


def _small_print(alert: Alert) -> tuple[Phrase, ...]:
    so = lasted(alert.latest).lower()
    return (
        (f"alert {alert.id}",),
        (since(alert.latest) if alert.ending is None else f"first {so} ", At(alert.opened_at)),
        (f"{so} {alert.occurrences:,} times",) if is_repeated(alert) else (),
        ("id ", Foreign(id_, 40, whole=True)) if (id_ := task_behind(alert.latest.task_id)) else (),
    )
