"""What a regular expression needs to find in a text, so that most of them need not be tried at all.

Owns the reading of an expression for the words of which every match holds at least one. Reads less than it could where
it is not sure: then there are no such words, and the expression is always tried.
"""

import re

_SIGN = re.compile(r"\(\?(?:[:=!]|<[=!])|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)
_OPENS = ("(", "(?:")
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_ENDS = ("", "|", ")")
_PLAIN_ESCAPE = re.compile(r"\\[^\w]", re.DOTALL)
_SPECIAL = ".^$"

Words = frozenset[str]
_NONE: Words = frozenset()


def literals(expression: str) -> Words:
    """Words in small letters, one of which is in every text that the expression fits; empty where that is not sure."""
    return _Scan(expression).alternatives()


class _Scan:
    def __init__(self, expression: str) -> None:
        self._signs = _SIGN.findall(expression)
        self._at = 0

    def alternatives(self) -> Words:
        """Each alternative's best words together; none where one alternative has none."""
        found = [self._sequence()]
        while self._sign == "|":
            self._at += 1
            found.append(self._sequence())
        return _NONE.union(*found) if all(found) else _NONE

    @property
    def _sign(self) -> str:
        return self._signs[self._at] if self._at < len(self._signs) else ""

    def _sequence(self) -> Words:
        best, run = _NONE, ""
        while self._sign not in _ENDS:
            words, sign = self._item()
            if words or not sign:
                best, run = _better(best, run), ""
                best = _better_of(best, words)
            else:
                run += sign
        return _better(best, run)

    def _item(self) -> tuple[Words, str]:
        """A group's words, or one plain sign; ("", "") for what may be anything or may be left out."""
        sign = self._sign
        self._at += 1
        words, plain = _NONE, ""
        if sign in _OPENS or sign in _LOOKS:
            words = self.alternatives() if sign in _OPENS else self._passed_over()
            self._at += 1
        elif _PLAIN_ESCAPE.fullmatch(sign):
            plain = sign[1].casefold()
        elif len(sign) == 1 and sign not in _SPECIAL:
            plain = sign.casefold()
        return (_NONE, "") if self._is_repeated() else (words, plain)

    def _passed_over(self) -> Words:
        self.alternatives()
        return _NONE

    def _is_repeated(self) -> bool:
        repeated = self._sign in ("?", "*", "+") or (self._sign.startswith("{") and len(self._sign) > 1)
        if repeated:
            self._at += 1
        return repeated


def _better(best: Words, run: str) -> Words:
    return _better_of(best, frozenset({run}) if run else _NONE)


def _better_of(one: Words, other: Words) -> Words:
    """The words whose shortest is longer: the rarer they are in texts."""
    return max(one, other, key=lambda words: min(map(len, words), default=0))
