"""Lines in a card's thread, and direct messages: what happened since, in words alone or with the card's buttons."""

from collections.abc import Iterator
from dataclasses import replace

from bot.blocks import cards, replies
from bot.model import (
    NOT_WATCHED,
    Act,
    Alert,
    Attempt,
    CardKind,
    Ending,
    Message,
    OutageView,
    Owner,
    PersonalView,
    Posted,
    Reason,
    Reply,
    Resolution,
    Says,
    Snooze,
    SnoozeEnd,
    StormView,
    Triage,
    View,
)
from bot.sandbox.gallery.entry import Entry
from bot.sandbox.gallery.many_cards import GREEN, STORM
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import (
    BERLIN,
    CRITICAL,
    FAILED_AT,
    HOUR,
    MINUTE,
    MISSED,
    OF_MIA,
    ON_CALL,
    TILL_EIGHT,
    WARNING,
    card,
    over,
    several,
    view,
)

_LATER = FAILED_AT + 2 * HOUR
_HAPPENED = {
    Says.WOKEN: "the snooze is over",
    Says.RELEASED: "Mia did not answer, so nobody has it now",
    Says.UNTOLD: "Noah",
}


def line(title: str, state: str, shown: View, says: Says = Says.ENDED, **more: object) -> Entry:
    """A line of a thread; `more` are fields of the reply."""
    owed = Reply(2, CardKind.ALERT, "C0ALERTS", "k", thread_ts="1.0", says=says, created_at=_LATER)
    owed = replace(owed, why=_HAPPENED.get(says, ""), **more)  # type: ignore[arg-type]
    return Entry("cards.reply", title, state, cards.reply(shown, owed, BERLIN))


def thread() -> Iterator[Entry]:
    """What time and runs bring."""
    for says in (Says.RAISED, Says.STILL, Says.CLIMBED, Says.WOKEN, Says.RELEASED, Says.UNTOLD):
        yield line("In the thread of a failed backup", says.value, view(CRITICAL), says, mention=ON_CALL)
        yield line("In the thread of a storm", says.value, STORM, says, mention=ON_CALL)
    for reason in (Reason.IN_A_ROW, Reason.WILL_MISS, Reason.NEVER):
        raised = view(replace(CRITICAL, assessment=replace(MISSED, reason=reason, misses_at=NOW + HOUR)))
        yield line("In the thread of a failed backup", f"critical now: {reason.words}", raised, Says.RAISED)
    for ending in (Ending.RECOVERED, Ending.WITH_WARNINGS, Ending.NO_MORE_RUNS, Ending.BY_HAND, Ending.RETIRED):
        who = Resolution("U0MIA", "Mia", "replaced the disk") if ending in (Ending.BY_HAND, Ending.RETIRED) else None
        ended = view(over(CRITICAL, ending, resolution=who))
        yield line("In the thread of a failed backup", ending.value, ended)
        yield line("In the thread and in the channel", ending.value, ended, broadcast=True)
    yield line(
        "In the thread of a failed backup", "recovered, others still fail", view(over(WARNING), beside=several(2))
    )
    yield line("In the thread of a storm", "over", GREEN)
    for state, why in (("over", ""), ("not watched any more", NOT_WATCHED)):
        yield line("In the thread of an outage", state, OutageView("main", FAILED_AT, why, _LATER))
    yield line("In the thread of a failed backup", "possibly repeated", view(CRITICAL), Says.STILL, repeated=True)
    own = Reply(2, CardKind.ALERT, "C0ALERTS", "k", created_at=_LATER)
    alone = Message(replies.line(view(over(CRITICAL)), own, BERLIN))
    yield Entry("replies.line", "In the thread of a failed backup", "the line without its marks", alone)


def acts() -> Iterator[Entry]:
    """What people did."""
    did = Attempt(_LATER, "U0MIA", "T1", Act.TAKE, "Mia", alert_id=14)
    handed = replace(did, to_id="U0NOAH", to_name="Noah")
    snoozed = replace(did, act=Act.SNOOZE, until=NOW, end=SnoozeEnd.NEXT_RUN.value)
    texts = {
        Act.NOTE: "Two disks are ordered, they come on Tuesday.",
        Act.RESOLVE: "replaced the disk",
        Act.RETIRE: "it was sold",
    }
    plain = (replace(did, act=act, text=texts.get(act, "")) for act in Act if act not in (Act.SNOOZE, Act.AUDIT))
    remarked = replace(handed, text="he knows the site")
    others = (replace(snoozed, end=SnoozeEnd.TIME.value), replace(did, size=298))
    for each in (*plain, handed, remarked, snoozed, *others):
        handing = ", handed over" if each.to_id else ""
        remark = ", with a remark" if each == remarked else ""
        state = f"{each.act.value}{handing}{remark}{', many' if each.size > 1 else ''}"
        yield line("In the thread, by a person", state, view(CRITICAL), Says.ACTED, act=each)


def _told(item: Alert, says: Says, **more: object) -> PersonalView:
    known: dict[str, object] = {"to": "U0MIA", "posted": Posted("C0ALERTS", "1772420000.000100"), **more}
    return PersonalView(says=says, at=_LATER, about=view(item), **known)  # type: ignore[arg-type]


def direct() -> Iterator[Entry]:
    """Direct messages about what a person took, snoozed or was handed."""
    mine = replace(CRITICAL, triage=Triage(OF_MIA))
    put_off = replace(CRITICAL, triage=Triage(OF_MIA, replace(TILL_EIGHT, by="U0MIA", name="Mia")))
    title = "A direct message"
    yield card(title, "your snooze ends soon", _told(put_off, Says.WARNED))
    others = replace(put_off, triage=Triage(OF_MIA, TILL_EIGHT))
    yield card(title, "another's snooze ends soon", _told(others, Says.WARNED))
    yield card(title, "still yours?", _told(mine, Says.ASKED))
    yield card(title, "no longer yours", _told(CRITICAL, Says.RELEASED))
    yield card(title, "handed to you", _told(mine, Says.HANDED, why="Noah"))
    yield card(title, "nobody touched it", _told(CRITICAL, Says.CLIMBED, why="30"))
    yield card(title, "what you had recovered", _told(over(mine), Says.ENDED))
    by_hand = over(mine, Ending.BY_HAND, resolution=Resolution("U0NOAH", "Noah", "replaced the disk"))
    yield card(title, "what you had was resolved by another", _told(by_hand, Says.ENDED))
    whole = replace(STORM, taken=300, owner=Owner("U0MIA", FAILED_AT, "Mia"))
    snooze = Snooze(NOW, "U0MIA", FAILED_AT + MINUTE, "Mia")
    for says in (Says.WARNED, Says.ASKED, Says.RELEASED, Says.HANDED, Says.CLIMBED, Says.ENDED):
        about = replace(CRITICAL, triage=Triage(OF_MIA, snooze))
        about = over(about) if says is Says.ENDED else about
        why = {Says.HANDED: "Noah", Says.CLIMBED: "30"}.get(says, "")
        storm: StormView = GREEN if says is Says.ENDED else whole
        yield card("A direct message about a storm", says.value, _told(about, says, why=why, size=300, storm=storm))
    some = _told(mine, Says.ASKED, size=40, storm=whole)
    yield card("A direct message about a storm", "asked about a part of it", some)
