"""The audit as a list: when, who, what on what, what it changed, or why it was refused. Only the asker sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.blocks.frame import Frame
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.paging import turn
from bot.blocks.phrase import At, Foreign, Mention, Phrase, Strong, join
from bot.blocks.text import count, plain
from bot.model import Act, AuditEntry, AuditPage, Basis, Message

_DID = {
    Act.TAKE: "took",
    Act.RELEASE: "released",
    Act.SNOOZE: "snoozed",
    Act.WAKE: "woke",
    Act.RESOLVE: "resolved",
    Act.UNDO: "reopened",
    Act.NOTE: "noted on",
    Act.RETIRE: "retired",
    Act.RUN: "ran",
    Act.AUDIT: "read",
}
_STATE = 80  # characters of a state
_TEXT = 160  # of what was written, and of why it was refused


def audit_list(found: AuditPage, basis: Basis, frame: Frame, people: Sequence[str] = ()) -> Message:
    """`people` are those whose attempts are asked for."""
    frame = replace(frame, is_private=True)
    shown = turn(found.entries, frame.page, found.size, offset=found.offset)
    counted = f"{count(found.size, 'attempt')} in the audit" if found.size else "No attempt is in the audit"
    by: Phrase = ("By ", *join([(Mention(each),) for each in people], ", ")) if people else ()
    heading = frame.heading(shown.place(","), by)
    body = [Paragraph.of(Strong(counted)), heading, *_rows(shown.items)]
    return frame.message(frame.headline(counted, basis), body, basis, shown=shown)


def _rows(entries: Sequence[AuditEntry]) -> Iterator[Piece]:
    for entry in entries:
        yield Paragraph((_first(entry),))
        yield Paragraph(tuple(_details(entry)), inset=1)


def _first(entry: AuditEntry) -> Phrase:
    """`Mon 2 Mar 03:12 · @Mia took SRV-SQL01, Acme Corp`; of a refused one `tried to take`."""
    attempt = entry.attempt
    did = f"tried to {attempt.act.value}" if attempt.refused else _DID[attempt.act]
    return (At(attempt.at), " · ", Mention(attempt.user_id), " ", Strong(did), " ", *_what(entry))


def _what(entry: AuditEntry) -> Phrase:
    names = [(Foreign(name, 60),) for name in (entry.name, entry.tenant) if plain(name)]
    if names:
        return join([*names], ", ")
    return (Foreign(entry.attempt.target, 60),) if plain(entry.attempt.target) else ("the audit",)


def _details(entry: AuditEntry) -> Iterator[Phrase]:
    attempt = entry.attempt
    if plain(attempt.refused):
        yield (Strong("Refused."), " ", Foreign(attempt.refused.partition(". ")[0], _TEXT))
    if plain(attempt.text):
        yield ("“", Foreign(attempt.text, _TEXT), "”")
    has_changed = plain(attempt.before) or plain(attempt.after)
    yield join(
        [
            (_state(attempt.before), " → ", _state(attempt.after)) if has_changed else (),
            (f"alert {attempt.alert_id}",) if attempt.alert_id is not None else (),
            ("in ", Mention(attempt.channel)) if plain(attempt.channel) else (),
            (f"by {attempt.via}",) if attempt.via.isalpha() and attempt.via.isascii() else (),
        ]
    )


def _state(words: str) -> Foreign:
    return Foreign(words if plain(words) else "nothing", _STATE)
