"""What a person hears who acts: what is so now, what is asked back, and the windows in which an act is confirmed."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bot.alerting.triage import Done, Outcome, Result
from bot.blocks.act_answers import act_answer, with_note, with_words
from bot.blocks.act_choices import instead, needs, sorry, to_whom, until_when, which
from bot.blocks.act_windows import note_window, owned_window, resolve_window, snooze_window
from bot.blocks.buttons import button
from bot.blocks.retired import retired_answer
from bot.blocks.run_window import confirm_window, not_runnable_window, started_answer
from bot.model import (
    Act,
    Aim,
    Alert,
    Application,
    Ending,
    Resolution,
    Runnable,
    Silence,
    Snooze,
    SnoozeEnd,
    Start,
    Started,
    Triage,
)
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import (
    ASHA,
    BERLIN,
    CRITICAL,
    DAY,
    HOUR,
    MIA,
    NOAH,
    OF_MIA,
    OF_NOAH,
    TILL_EIGHT,
    over,
    several,
    silence,
)
from bot.sandbox.gallery.silent_cards import CAUSES

_MINE = replace(OF_MIA, since=NOW)
_TOMORROW = Snooze(NOW + 22 * HOUR, "U0MIA", NOW, "Mia")
_RESOLVED = over(CRITICAL, Ending.BY_HAND, resolution=Resolution("U0MIA", "Mia", "replaced the disk"))
_AFTER = {
    Act.TAKE: replace(CRITICAL, triage=Triage(_MINE)),
    Act.SNOOZE: replace(CRITICAL, triage=Triage(snooze=_TOMORROW)),
    Act.RESOLVE: _RESOLVED,
}
_REMARK = "the customer is informed, the disk comes at nine"
_REFUSED = "Only a responder may take alerts, and you are a viewer. Ask U0NOAH or S0ONCALL."
AIM = Aim(14)
RUNNABLE = Runnable(
    "main", Application("p1", "policy.backup.machine", "c1"), "SRV-SQL01", "Nightly", "Acme Corp", frozenset({"p1"})
)


def acted(act: Act, after: Alert, outcome: Outcome = Outcome.DONE, **more: object) -> Entry:
    """The answer to an act about one alert."""
    result = replace(Result(NOW, (Done(CRITICAL, after, outcome),)), **more)  # type: ignore[arg-type]
    state = outcome.value if not more else "done already"
    return drawn(f"/tasks {act.value} 14", state, act_answer, act, result, MIA)


def answers() -> Iterator[Entry]:
    """Every act that is done, and every reason why one is not."""
    for act in Act:
        if act is not Act.AUDIT:
            yield acted(act, _AFTER.get(act, CRITICAL))
    ends = replace(_TOMORROW, end=SnoozeEnd.NEXT_RUN, until=NOW + 14 * DAY)
    yield acted(Act.SNOOZE, replace(CRITICAL, triage=Triage(snooze=ends)))
    yield acted(Act.TAKE, replace(CRITICAL, triage=Triage(OF_NOAH)), Outcome.OTHERS)
    yield acted(Act.TAKE, _AFTER[Act.TAKE], Outcome.ALREADY)
    yield acted(Act.TAKE, over(CRITICAL), Outcome.ENDED)
    yield acted(Act.TAKE, replace(CRITICAL, triage=Triage(_MINE, TILL_EIGHT)), is_repeated=True)
    for act in (Act.RELEASE, Act.WAKE, Act.UNDO, Act.RETIRE):
        yield acted(act, CRITICAL, Outcome.NOT_SO)
    yield acted(Act.SNOOZE, CRITICAL, Outcome.TOO_LATE)
    for outcome in (Outcome.TOO_LATE, Outcome.FOLLOWED, Outcome.RECOVERED):
        yield acted(Act.UNDO, CRITICAL, outcome)
    yield drawn("/tasks take 99", "no such alert", act_answer, Act.TAKE, Result(NOW), MIA)
    yield drawn("/tasks take 14", "you may not", act_answer, Act.TAKE, Result(NOW, refused=_REFUSED), MIA)
    done = tuple(Done(CRITICAL, _AFTER[Act.TAKE], Outcome.DONE) for _ in range(298))
    left = tuple(Done(CRITICAL, CRITICAL, each) for each in (Outcome.OTHERS, Outcome.ENDED))
    yield drawn("Take all, on a storm's card", "298 of 300", act_answer, Act.TAKE, Result(NOW, done + left), MIA)
    yield drawn("Take all, on a storm's card", "none", act_answer, Act.TAKE, Result(NOW, left), MIA)
    words = with_words(act_answer(Act.NOTE, Result(NOW), MIA), "two disks are ordered")
    yield Entry("act_answers.with_words", "/tasks note 99 …", "what was typed is given back", words)
    noted = with_note(
        act_answer(Act.TAKE, Result(NOW, (Done(CRITICAL, _AFTER[Act.TAKE], Outcome.DONE),)), MIA), _REMARK
    )
    yield Entry("act_answers.with_note", "/tasks take 14 because …", "taken, with a remark", noted)
    sold = silence(Silence.VANISHED, CAUSES[Silence.VANISHED], name="SRV-OLD")
    gone = over(sold, Ending.RETIRED)
    once = Result(NOW, (Done(sold, gone, Outcome.DONE), Done(sold, gone, Outcome.DONE)))
    yield drawn("/tasks retire SRV-OLD because sold", "done", retired_answer, (sold,), once, MIA)
    again = replace(once, is_repeated=True)
    yield drawn("/tasks retire SRV-OLD because sold", "done already", retired_answer, (sold,), again, MIA)


def _command(act: Act, alert: Alert) -> str:
    return f"{act} #{alert.id}"


def questions() -> Iterator[Entry]:
    """What an act asks back."""
    told = "Several alerts fit “SRV”. Which one?"
    for act, size in ((Act.TAKE, 3), (Act.SNOOZE, 3), (Act.NOTE, 14)):
        command = partial(_command, act)
        yield drawn(
            f"/tasks {act} SRV …", f"{size} fit", which, told, several(size, 1), act, command, MIA, f"{act} SRV"
        )
    yield drawn("/tasks snooze 14", "until when?", until_when, 14, "alert 14", MIA)
    guest = replace(MIA, zone_is_known=False)
    unread = "I do not understand “till lunch” as a time."
    yield drawn("/tasks snooze 14 till lunch", "the time is not read", until_when, 14, "alert 14", guest, unread)
    unsure = "I do not know for sure who “no” is. Choose the person from Slack's list while you type the @."
    yield drawn(
        "/tasks take 14 for no", "who is it?", to_whom, unsure, (NOAH, ASHA), lambda each: f"take #14 for @{each.id}"
    )
    write = button("Write the note", "alert.note", "14", "Write the note in a window")
    yield drawn(
        "/tasks note 14",
        "the note is missing",
        needs,
        "What shall be noted about alert 14?",
        "/tasks note 14 disk ordered",
        write,
    )
    yield drawn(
        "/tasks retire SRV-OLD",
        "the reason is missing",
        needs,
        "Why is nothing expected of “SRV-OLD” any more?",
        "/tasks retire SRV-OLD because it was decommissioned",
    )
    near = "No open alert is about “SRV-SQL1”. Did you mean “SRV-SQL01”?"
    yield drawn(
        "/tasks note SRV-SQL1 disk ordered",
        "a name that is near",
        instead,
        near,
        "Note SRV-SQL01",
        "note #14 disk ordered",
        "note SRV-SQL1 disk ordered",
    )
    yield drawn(
        "/tasks note 99 disk ordered",
        "no such alert",
        sorry,
        "There is no alert 99. The numbers stand in /tasks alerts.",
        "note 99 disk ordered",
    )


def windows() -> Iterator[Entry]:
    """The windows of acts."""
    for state, found in (("of one alert", (CRITICAL,)), ("of three alerts", several(3))):
        yield drawn("Note", state, note_window, AIM, found, BERLIN)
        yield drawn("Resolve", state, resolve_window, AIM, found, BERLIN)
        yield drawn("Snooze until", state, snooze_window, AIM, found, BERLIN, NOW + 22 * HOUR)
    yield drawn("Take", "another has it", owned_window, AIM, OF_NOAH, CRITICAL, BERLIN)
    yield drawn("Run now", "what will run", confirm_window, RUNNABLE, AIM, BERLIN)
    why_not = "A restore cannot be run again from here. Start it in Acronis's console."
    yield drawn("Run now", "it cannot be run", not_runnable_window, why_not, BERLIN)
    for outcome, words in (
        (Start.STARTED, "Acronis has accepted the run."),
        (Start.REFUSED, "Nothing was started. Acronis does not let the acting client run plans."),
        (
            Start.NOT_SEEN,
            "Acronis took too long to answer. It has not started as far as can be seen.",
        ),
        (
            Start.UNKNOWN,
            "Acronis took too long to answer, and it cannot be seen now. Look in Acronis's console",
        ),
    ):
        yield drawn("Run now", outcome.value, started_answer, Started(outcome, words), RUNNABLE)
