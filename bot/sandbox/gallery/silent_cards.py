"""Cards of what no failed run tells: missed, never ran, stuck, waits for a person, vanished, nothing saved, offline."""

from collections.abc import Iterator
from dataclasses import replace

from bot.alerting.silence_causes import DID_NOT_START, NEVER_RAN
from bot.alerting.silences import AWAY, DELETED, SAVES_NOTHING, TOO_LONG
from bot.errorbook.questions import question
from bot.model import Blocker, Ending, Kind, Reason, Resolution, Severity, Silence, Triage, silence_id
from bot.sandbox.gallery.entry import Entry
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import (
    DAY,
    FAILED_AT,
    HOUR,
    IN_TIME,
    MINUTE,
    MISSED,
    OF_MIA,
    ON_CALL,
    STRIP,
    TILL_EIGHT,
    card,
    over,
    silence,
    view,
)

CAUSES = {
    Silence.MISSED: DID_NOT_START,
    Silence.NEVER: NEVER_RAN,
    Silence.STUCK: TOO_LONG,
    Silence.WAITS: question((Blocker("EncryptionPasswordRequired", ("Retry", "Cancel")),)),
    Silence.VANISHED: DELETED,
    Silence.EMPTY: SAVES_NOTHING,
    Silence.OFFLINE: AWAY,
}
TITLES = {
    Silence.MISSED: "A backup that did not start",
    Silence.NEVER: "A plan that never ran",
    Silence.STUCK: "A backup that hangs",
    Silence.WAITS: "A backup that waits for a person",
    Silence.VANISHED: "A machine that is gone",
    Silence.EMPTY: "Backups that save nothing",
    Silence.OFFLINE: "An agent that is offline",
}
_ENDS = {
    Silence.MISSED: (Ending.STARTED, Ending.PAUSED, Ending.NOT_EXPECTED, Ending.RETIRED),
    Silence.NEVER: (Ending.STARTED, Ending.REVOKED, Ending.RETIRED),
    Silence.STUCK: (Ending.GOES_ON, Ending.RUN_ENDED),
    Silence.WAITS: (Ending.GOES_ON, Ending.RUN_ENDED),
    Silence.VANISHED: (Ending.BACK, Ending.RETIRED),
    Silence.EMPTY: (Ending.RECOVERED,),
    Silence.OFFLINE: (Ending.BACK, Ending.NO_MORE_RUNS),
}

_UNTOLD = replace(IN_TIME, last_good_at=None, misses_at=None, is_in_time=None, reason=Reason.UNKNOWN)
_NEVER = replace(_UNTOLD, severity=Severity.CRITICAL, reason=Reason.NEVER)


def silences() -> Iterator[Entry]:
    for code, cause in CAUSES.items():
        judged = _UNTOLD if code is Silence.NEVER else IN_TIME
        item = silence(code, cause, assessment=judged, task_id=silence_id(code, "944455285181775872", FAILED_AT))
        strip = () if code in (Silence.NEVER, Silence.VANISHED) else ("ok",) * 14
        yield card(TITLES[code], "a warning", view(item, strip=strip, in_a_row=0))
        bad = replace(item, assessment=_NEVER if code is Silence.NEVER else MISSED)
        yield card(TITLES[code], "critical", view(bad, strip=strip, in_a_row=0, mention=ON_CALL))
    twice = silence(Silence.MISSED, CAUSES[Silence.MISSED], occurrences=2, triage=Triage(OF_MIA, TILL_EIGHT))
    yield card(TITLES[Silence.MISSED], "twice, taken and snoozed", view(twice, strip=STRIP))
    nine = silence(Silence.OFFLINE, CAUSES[Silence.OFFLINE], plan="", occurrences=9, assessment=MISSED)
    yield card(TITLES[Silence.OFFLINE], "nine plans", view(nine, strip=(), in_a_row=0, mention=ON_CALL))
    hangs = silence(Silence.STUCK, CAUSES[Silence.STUCK], kind=Kind.RESTORE, task_id="stuck 7")
    going = view(hangs, strip=(), retrying_since=NOW - 9 * HOUR, retrying_percent=41)
    yield card("A restore that hangs", "runs, 41 %", going)


def silences_over() -> Iterator[Entry]:
    for code, endings in _ENDS.items():
        for ending in endings:
            who = Resolution("U0MIA", "Mia", "it was sold") if ending is Ending.RETIRED else None
            item = over(silence(code, CAUSES[code]), ending, DAY if who else 42 * MINUTE, resolution=who)
            yield card(f"{TITLES[code]}, over", ending.value, view(item, strip=(), in_a_row=0))
