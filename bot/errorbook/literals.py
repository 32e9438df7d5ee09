"""Words of which one is in every text that a regular expression fits: without one the expression need not be tried.

Reads less than it could where it is not sure: then there are no such words, and the expression is always tried.
"""

import re

_SIGN = re.compile(r"\(\?(?:[:=!]|<[=!])|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)
_GROUPS = ("(", "(?:")
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
        self._signs: list[str] = [*_SIGN.findall(expression), ""]
        self._at = 0

    @property
    def _sign(self) -> str:
        return self._signs[self._at]

    def alternatives(self) -> Words:
        """Each alternative's best words together; none where one alternative has none."""
        found = [self._sequence()]
        while self._sign == "|":
            self._at += 1
            found.append(self._sequence())
        return _NONE.union(*found) if all(found) else _NONE

    def _sequence(self) -> Words:
        """The words whose shortest is longest: the longer it is, the rarer it is in texts."""
        best, run = _NONE, ""
        while self._sign not in _ENDS:
            words, sign = self._item()
            if words or not sign:
                best, run = max(best, frozenset({run}), words, key=_shortest), ""
            else:
                run += sign
        return max(best, frozenset({run}), key=_shortest)

    def _item(self) -> tuple[Words, str]:
        """A group's words, or one plain sign; ("", "") for what may be anything or may be left out."""
        sign, words, plain = self._sign, _NONE, ""
        self._at += 1
        if sign in _GROUPS or sign in _LOOKS:
            inner = self.alternatives()
            words = inner if sign in _GROUPS else _NONE
            self._at += 1
        elif _PLAIN_ESCAPE.fullmatch(sign):
            plain = sign[1].casefold()
        elif len(sign) == 1 and sign not in _SPECIAL:
            plain = sign.casefold()
        return (_NONE, "") if self._is_repeated() else (words, plain)

    def _is_repeated(self) -> bool:
        repeated = self._sign in ("?", "*", "+") or (self._sign.startswith("{") and len(self._sign) > 1)
        self._at += repeated
        return repeated


def _shortest(words: Words) -> int:
    return min(map(len, words), default=0)
