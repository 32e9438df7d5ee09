"""What a paused run asks of a person, in words. Acronis names its questions and their answers by codes of its own."""

import re
from functools import lru_cache
from typing import Final

from bot.errorbook.explain import clean, says_something
from bot.model import Blocker, Cause

_IN_CONSOLE: Final = "Answer it in Acronis's console"
_ANY: Final = "It asks a question that can only be answered in Acronis's console."
_QUESTIONS: Final = (
    (
        r"(?:encrypt|archive|backup).*password|password.*(?:encrypt|archive|backup)",
        "the encryption password of the backup",
    ),
    (r"bitlocker|recovery key|unlock", "the key of an encrypted disk"),
    (r"password|credential|log ?on|log ?in|authenticat|user name", "a user name and a password"),
    (r"reboot|restart", "whether the machine may be restarted"),
    (r"space|disk full|quota", "what to do: there is no space left"),
    (r"licen[cs]e|eula|agreement", "for a licence to be accepted"),
    (r"overwrit|replac|exists", "whether something that is there may be replaced"),
    (r"media|medium|tape|insert|next volume|next disk|removable", "for another disk, tape or medium"),
    (
        r"not found|missing|unavailable|offline|unreachable|cannot access|inaccessible",
        "what to do: something is missing",
    ),
    (r"lock|in use|busy", "what to do: something is in use"),
    (r"bad|damaged|corrupt|read error|write error|sector", "what to do: something cannot be read or written"),
    (r"consent|permission|authori[sz]", "for a permission"),
    (r"certificate|fingerprint|trust", "whether a certificate may be trusted"),
    (r"confirm|continue|proceed|retry|ignore|skip", "for a confirmation"),
)
_PATTERNS: Final = tuple((re.compile(pattern), asked) for pattern, asked in _QUESTIONS)
_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-.:]+")
_MOST_ANSWERS: Final = 4


@lru_cache(maxsize=256)
def question(blockers: tuple[Blocker, ...]) -> Cause:
    """What the first of them that says something asks for, and where it is answered. No code is shown."""
    asked = next((each for each in blockers if says_something(each.issue)), None)
    if asked is None:
        return Cause(_ANY, entry="question")
    words = _words(asked.issue)
    known = next((what for pattern, what in _PATTERNS if pattern.search(words)), "")
    text = _ANY
    if known:
        text = f"It asks {known if known.startswith(('what', 'whether', 'for ')) else f'for {known}'}."
    elif " " in asked.issue.strip() and (said := clean(asked.issue)):
        text = f"It asks: {said}"
    return Cause(text, entry="question", step=_step(asked.solutions))


def _step(solutions: tuple[str, ...]) -> str:
    answers = [words for each in solutions[:_MOST_ANSWERS] if says_something(words := clean(_words(each)))]
    return f"{_IN_CONSOLE}: {' or '.join(answers)}." if answers else f"{_IN_CONSOLE}."


def _words(code: str) -> str:
    """`EncryptionPasswordRequired` as `encryption password required`."""
    return " ".join(_BORDER.sub(" ", code).casefold().split())
