"""One alert in words: how it stands, what it is about, why it failed. Shared by cards, lists and threads."""

from datetime import datetime

from bot.alerting.fingerprint import is_known
from bot.blocks import acts
from bot.blocks.phrase import At, Foreign, Phrase, Sign, Strong
from bot.blocks.silence_words import words_of
from bot.blocks.task_words import KINDS, in_tenant
from bot.blocks.text import code_words, count, name_of
from bot.model import OUTCOME_UNKNOWN, Alert, Cause, Ending, Kind, Owner, ResultCode, Silence, Snooze

ENDINGS = {
    Ending.RECOVERED: "Recovered",
    Ending.WITH_WARNINGS: "Recovered with warnings",
    Ending.NO_MORE_RUNS: "No more runs",
    Ending.NOT_REPEATED: "Not repeated",
    Ending.BY_HAND: "Resolved",
    Ending.STARTED: "Started",
    Ending.GOES_ON: "Goes on",
    Ending.RUN_ENDED: "Ended",
    Ending.BACK: "Back again",
    Ending.PAUSED: "Plan paused",
    Ending.REVOKED: "Plan revoked",
    Ending.NOT_EXPECTED: "Not expected any more",
    Ending.RETIRED: "Retired",
}
HEALED = (Ending.RECOVERED, Ending.WITH_WARNINGS)
SIGNS = {
    "critical": Sign("🔴 "),
    "failed": Sign("🟠 "),
    "recovered": Sign("🟢 "),
    "taken": Sign("🔵 "),
    "over": Sign("⚪ "),
}
"""For the eye of one who scrolls: what is open has a colour, what is put off or over has none."""
_HOW = {
    ResultCode.WARNING.value: "warning",
    ResultCode.CANCELLED.value: "cancelled",
    OUTCOME_UNKNOWN: OUTCOME_UNKNOWN,
    **{code.value: code.value for code in Silence},
}
_NO_CAUSE = {
    ResultCode.TIMEDOUT.value: "The run timed out.",
    ResultCode.ABANDONED.value: "The run was abandoned.",
    ResultCode.CANCELLED.value: "The run was cancelled.",
    ResultCode.WARNING.value: "Acronis did not say what the warning is about.",
    OUTCOME_UNKNOWN: "Acronis gave a result that cannot be read.",
    **dict.fromkeys(map(str, Silence), "No cause is known."),
}


def alert_name(alert: Alert) -> str:
    """The machine's name, else the plan's, else the type's; the type's where it may stand for several machines."""
    run = alert.latest
    of_type = code_words(run.type)
    return name_of(of_type, run.name) if is_of_type(alert) else name_of(run.name, run.plan, of_type)


def is_failure(alert: Alert) -> bool:
    """False where its runs ended with a warning or were cancelled, which a route may ask for, and for silences."""
    return alert.latest.code not in _HOW


def is_of_type(alert: Alert) -> bool:
    """Whether it is about all failures of one type, not about one machine."""
    return alert.latest.kind is Kind.UNKNOWN and alert.occurrences > 1 and not is_known(alert.latest)


def is_repeated(alert: Alert) -> bool:
    """Whether it happened more than once. An agent that is away is so once: its occurrences are plans."""
    return alert.occurrences > 1 and alert.latest.code != Silence.OFFLINE


def as_of(alert: Alert) -> datetime:
    """The moment a card speaks of: the alert's end, else its latest failure."""
    return alert.closed_at or alert.latest.ended_at


def sign(alert: Alert) -> Sign:
    """Its mark of colour: what people did about it comes before how bad it is."""
    if alert.ending:
        return SIGNS["recovered"] if alert.ending in HEALED else SIGNS["over"]
    if alert.triage.owner:
        return SIGNS["taken"]
    if alert.triage.snooze:
        return SIGNS["over"]
    return SIGNS["critical"] if alert.is_critical else SIGNS["failed"]


def standing(alert: Alert) -> Phrase:
    """`TAKEN by Mia · CRITICAL · FAILED`, `SNOOZED until 08:00 · FAILED`, with its mark of colour."""
    held = (None, None) if alert.ending else (alert.triage.owner, alert.triage.snooze)
    return (sign(alert), *held_words(*held), Strong(state(alert)))


def held_words(owner: Owner | None, snooze: Snooze | None) -> Phrase:
    """`TAKEN by Mia · SNOOZED until 08:00 · `, before how it stands."""
    taken: Phrase = (Strong("TAKEN"), " by ", acts.person(owner.name, owner.who), " · ") if owner else ()
    snoozed: Phrase = (Strong("SNOOZED"), " ", *acts.until(snooze.end.value, snooze.until), " · ") if snooze else ()
    return (*taken, *snoozed)


def state(alert: Alert) -> str:
    """`CRITICAL · FAILED`, `WARNING`, `RECOVERED`. The words come first, so that no colour is needed."""
    if alert.ending:
        return ENDINGS[alert.ending].upper()
    word = how(alert).upper()
    return f"CRITICAL · {word}" if alert.is_critical else word


def how(alert: Alert) -> str:
    """`failed`, `warning`, `missed`."""
    return _HOW.get(alert.latest.code, "failed")


def beginning(alert: Alert) -> str:
    """`Backup failed`, `Backup warning`, `Recovered`: how a lock screen's line begins."""
    if alert.ending:
        return ENDINGS[alert.ending]
    if silence := words_of(alert.latest):
        return silence.beginning
    return f"{KINDS[alert.latest.kind]} {how(alert)}"


def about(alert: Alert, length: int = 100, tenant: int = 80) -> Phrase:
    """What and where, in bold: `SRV-SQL01, Acme Corp`."""
    return (Foreign(alert_name(alert), length, strong=True), *in_tenant(alert.latest.tenant, tenant, strong=True))


def line(alert: Alert) -> Phrase:
    """`CRITICAL · FAILED · Backup of SRV-SQL01, Acme Corp`, in a list."""
    return (*standing(alert), f" · {kind_of(alert)}", *about(alert, 40, 30))


def kind_of(alert: Alert) -> str:
    """`Backup of `, before a name; an agent is none."""
    return "" if alert.latest.code == Silence.OFFLINE else f"{KINDS[alert.latest.kind]} of "


def cause_words(alert: Alert, length: int = 300) -> Phrase:
    """Why; of a missed backup also when it was due, which says all where no more is known, and of an agent how many
    plans it did not run."""
    why = with_stop(sentence(alert), length)
    if alert.latest.code == Silence.OFFLINE:
        return (f"{plans(alert)} did not start. ", *why)
    if alert.latest.code != Silence.MISSED:
        return why
    due: Phrase = ("Due ", At(alert.latest.began_at), ", did not start.")
    return due if is_all_said(alert) else (*due, " ", *why)


def plans(alert: Alert) -> str:
    """`9 plans`: how many an agent that is away did not run."""
    return count(alert.occurrences, "plan")


def is_all_said(alert: Alert) -> bool:
    """Whether no more is known than that it did not start."""
    return alert.latest.cause.entry in ("", alert.latest.code)


def sentence(alert: Alert) -> str:
    """The cause, not escaped, else what the result code says."""
    return why_so(alert.latest.cause, alert.latest.code)


def why_so(cause: Cause, code: str) -> str:
    """The sentence of a cause, not escaped, else what the result code says."""
    return code_words(cause.text) or _NO_CAUSE.get(code, "Acronis gave no cause.")


def with_stop(text: str, length: int) -> Phrase:
    """Foreign words in at most `length` characters. A full stop follows, unless they end a sentence or are cut."""
    has_end = text.endswith((".", "!", "?", "…")) or len(text) >= length
    return (Foreign(text, length),) if has_end else (Foreign(text, length), ".")
