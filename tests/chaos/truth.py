"""What must be true at the end, whatever happened on the way. Returns complaints, one sentence each; none is good.

The truth about a problem is worked out from its story alone; Slack is judged by what it shows, and the bot's tables
only say which message is which card.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from bot.model import Act
from bot.sandbox.slack.messages import Message
from tests.chaos.books import ActRow, AlertRow, Books, CardRow, TriageRow
from tests.chaos.script import SILENT, Problem, Script
from tests.night import CHANNEL, FALLBACK

MARK = "possibly repeated"
_DID = {Act.TAKE: "took it.", Act.RELEASE: "released it.", Act.SNOOZE: "snoozed it.", Act.WAKE: "ended its snooze."}
_BY_TIME = (
    *("Its snooze is over", "It was snoozed until", "It failed with another", "Its target was missed while"),
    *("A restore failed again", "It failed three times in a row while", "Its owner did not answer"),
)
"""How reasons begin that say that time ended what people did."""
FOLDS = ("storm", "platform")
OF_DATABASE = re.compile(r"The database (?:\S+ cannot|can) be used")
"""What is told without it, and so is no card. Of several bots one may be cut off for longer than it keeps quiet."""
CHANNELS = (CHANNEL, FALLBACK)
OVER_WORDS = ("Recovered", "Started", "Goes on", "Ended")
"""How the card of an alert begins that is over."""


def fires(problem: Problem) -> bool:
    """Whether it is still failing at the end. What is heard of late changes nothing."""
    return [word for word in problem.story if word not in ("late", "stale")][-1] in ("fails", "breaks off", *SILENT)


def complaints(script: Script, books: Books, posts: list[Message], elsewhere: list[Message]) -> list[str]:
    """`posts` are all messages ever posted to the alert channel, `elsewhere` those of the fallback channel. The stories
    of `script` are what happened so far."""
    alerts = books.alerts()
    cards = posts if script.processes == 1 else [post for post in posts if not OF_DATABASE.match(post.text)]
    found = [*_outstanding(books, cards), *doubles(script, posts), *threads(posts)]
    for problem in script.problems:
        mine = [alert for alert in alerts if alert.name == problem.name]
        found += _problem(problem, mine, posts, elsewhere)
    strangers = {alert.name for alert in alerts} - {problem.name for problem in script.problems}
    found += [f"{name}: nothing happened there" for name in strangers]
    return [*found, *_storms(books, alerts, posts), *_acts(books, alerts, posts)]


def _acts(books: Books, alerts: list[AlertRow], posts: list[Message]) -> Iterator[str]:
    """Card, `why` and audit agree about what people did. A storm's are not told apart: it has one line of the audit."""
    acts, by_id = books.acts(), {alert.id: alert for alert in alerts}
    is_storm = {alert.id for alert in alerts if any(card.kind in FOLDS or card.is_linked for card in alert.cards)}
    for triage in books.triage():
        alert = by_id.get(triage.alert_id)
        if alert is None:
            yield f"alert {triage.alert_id}: it came while this was looked at"
            continue
        mine = [act for act in acts if act.alert_id == triage.alert_id]
        if triage.alert_id not in is_storm:
            yield from _decided(triage, mine)
        if alert.is_firing:
            yield from _drawn(triage, alert, posts)


def _decided(triage: TriageRow, acts: list[ActRow]) -> Iterator[str]:
    told = Counter(reason for reason in triage.reasons if reason.endswith(tuple(_DID.values())))
    done = Counter(f"{act.name or act.user} {_DID[act.act]}" for act in acts if act.act in _DID)
    if told != done:
        yield f"alert {triage.alert_id}: why says {dict(told)}, the audit {dict(done)}"
    if any(reason.startswith(_BY_TIME) for reason in triage.reasons):
        return  # time has ended what people did
    owner = next((_owner(act) for act in reversed(acts) if act.act in (Act.TAKE, Act.RELEASE)), "")
    snoozed = next((act.act is Act.SNOOZE for act in reversed(acts) if act.act in (Act.SNOOZE, Act.WAKE)), False)
    if (triage.owner, triage.is_snoozed) != (owner, snoozed):
        yield f"alert {triage.alert_id}: {triage.owner or 'nobody'} has it, by the audit {owner or 'nobody'} does"


def _owner(act: ActRow) -> str:
    return act.user if act.act is Act.TAKE else ""


def _drawn(triage: TriageRow, alert: AlertRow, posts: list[Message]) -> Iterator[str]:
    for card in alert.cards:
        text = "".join(post.text for post in posts if post.ts == card.ts and not post.deleted)
        if card.kind != "alert" or not text:
            continue
        if bool(triage.owner) != ("Taken by" in text) or (triage.owner_name not in text):
            yield f"{alert.name}: {triage.owner or 'nobody'} has it, its card says {text!r}"
        if triage.is_snoozed != ("Snoozed until" in text):
            yield f"{alert.name}: snoozed is {triage.is_snoozed}, its card says {text!r}"


def _outstanding(books: Books, posts: list[Message]) -> Iterator[str]:
    cards = books.cards()
    known = {card.key for card in cards}
    for post in posts:
        if key_of(post) not in known:
            yield f"no card knows of the message {post.text.splitlines()[0]!r}"
    for card in (card for card in cards if card.is_outstanding):
        yield f"{card.kind} {card.id} is owed: {card.state}, due {card.due_at:%H:%M:%S}"


def _problem(problem: Problem, alerts: list[AlertRow], posts: list[Message], elsewhere: list[Message]) -> Iterator[str]:
    firing = [alert for alert in alerts if alert.is_firing]
    if len(firing) != fires(problem):
        yield f"{problem.name}: {len(firing)} alerts fire after {', '.join(problem.story)}"
    if len(alerts) > problem.episodes:
        yield f"{problem.name}: {len(alerts)} alerts of {problem.episodes} at most"
    for alert in alerts:
        yield from _alert(problem, alert, posts, elsewhere)


def _alert(problem: Problem, alert: AlertRow, posts: list[Message], elsewhere: list[Message]) -> Iterator[str]:
    cards = alert.cards
    channels = {card.channel for card in cards}
    if len(channels) != len(cards):
        yield f"{problem.name}: alert {alert.id} is shown by {len(cards)} cards in {len(channels)} channels"
    if alert.is_firing and not cards:
        yield f"{problem.name}: alert {alert.id} fires and no card shows it"
    for card in cards:
        shown = [post for post in posts if post.ts == card.ts and not post.deleted]
        if not shown:
            if not any(_is_about(post, problem) for post in elsewhere):
                yield f"{problem.name}: card {card.id} ({card.state}) is not in Slack"
        elif card.kind == "alert":
            yield from _shown(problem, alert, shown[0])


def _shown(problem: Problem, alert: AlertRow, post: Message) -> Iterator[str]:
    first = post.text.splitlines()[0]
    if not _is_about(post, problem):
        yield f"{problem.name}: its card says {first!r}"
    if first.startswith(OVER_WORDS) == alert.is_firing:
        yield f"{problem.name}: alert {alert.id} {'fires' if alert.is_firing else 'is over'}, its card says {first!r}"


def doubles(script: Script, posts: list[Message]) -> Iterator[str]:
    """Where history may be read each stands there once; else what stands there again says that it may."""
    for key, same in _by_key(posts).items():
        again = same[1:]
        unmarked = [post for post in again if MARK not in _all_text(post).lower()]
        if again and script.may_look:
            yield f"{key} is there {len(same)} times, though history may be read: {same[0].text.splitlines()[0]!r}"
        elif unmarked:
            yield f"{key} is there again and does not say so: {unmarked[0].text.splitlines()[0]!r}"


def threads(posts: list[Message]) -> Iterator[str]:
    lines: defaultdict[str, list[Message]] = defaultdict(list)
    for post in posts:
        if post.thread_ts and post.text.startswith(("Recovered", "Closed")):
            lines[post.thread_ts].append(post)
    for thread, said in lines.items():
        if len({key_of(post) for post in said}) > 1:
            texts = [f"{key_of(post)}: {post.text}" for post in said]
            yield f"the thread of {thread} says {len(said)} times that it is over: {texts}"


def _storms(books: Books, alerts: list[AlertRow], posts: list[Message]) -> Iterator[str]:
    """A storm's card says how many alerts it shows."""
    cards: dict[int, CardRow] = {card.id: card for alert in alerts for card in alert.cards if card.kind in FOLDS}
    for card in cards.values():
        total = books.alerts_on(card.id)
        text = "".join(post.text for post in posts if post.ts == card.ts)
        if text and not re.search(rf"(?<!\d){total}(?!\d)", text):
            yield f"storm {card.id} shows {total} alerts and says {text.splitlines()[0]!r}"


def _by_key(posts: Iterable[Message]) -> dict[str, list[Message]]:
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for post in posts:
        found[key_of(post)].append(post)
    return found


def key_of(post: Message) -> str:
    return str(post.metadata.get("event_payload", {}).get("key", f"none, ts {post.ts}"))


def _is_about(post: Message, problem: Problem) -> bool:
    return problem.name in post.text


def _all_text(post: Message) -> str:
    return f"{post.text} {post.versions[0].content.text if post.versions else ''}"
