"""Names are folded in one way, and a pattern costs no more than the lengths of pattern and name."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import parse_match
from bot.language.sentence import read
from bot.model import NameField, NameFilter, TaskQuery, cleaned, composed, folded, glob_fits, pattern_fits, words_fit
from bot.settings.fields import _hours
from tests.builders import ACME, task

HOSTILE = [
    ("*".join("-" * 40) + "*x", "OLD SERVER " + "-" * 40),
    ("*-*-*-*-prod", "-" * 512),
    ("*" + "a*" * 100 + "b", "a" * 512),
    ("*ab" * 80, "ab" * 79 + "a" * 300),
    ("a*" * 120 + "a", "a" * 119 + "b" * 300),
    ("*" + "-" * 200 + "*!", "-" * 512),
]


class Looked(str):
    """Counts the characters that are looked at, by what each search gives."""

    looked: int

    def find(self, part: str, *bounds: Any) -> int:
        found = super().find(part, *bounds)
        self.looked += (found if found >= 0 else bounds[1]) - bounds[0] + len(part)
        return found

    def startswith(self, part: str, *_: Any) -> bool:  # type: ignore[override]
        self.looked += len(part)
        return super().startswith(part)

    def endswith(self, part: str, *_: Any) -> bool:  # type: ignore[override]
        self.looked += len(part)
        return super().endswith(part)


@pytest.mark.parametrize(("pattern", "name"), HOSTILE)
def test_a_pattern_looks_at_each_character_once(pattern: str, name: str) -> None:
    looked = Looked(folded(name))
    looked.looked = 0
    assert not glob_fits(folded(pattern).split("*"), looked)
    assert looked.looked <= len(name) + len(pattern)


@pytest.mark.parametrize(("pattern", "name"), HOSTILE)
def test_a_hostile_name_fits_no_question_and_no_route(pattern: str, name: str) -> None:
    machine = task(name=name)
    for query in (parse_match(f'machine "{pattern}"'), TaskQuery(names=(NameFilter(NameField.MACHINE, (pattern,)),))):
        assert not all(pattern_fits(each, machine.name) for each in query.names[0].patterns)
        assert not query.admits(machine)


def test_a_pattern_fits_forty_dashes() -> None:
    assert pattern_fits("*-*-*-*", "OLD SERVER " + "-" * 40)
    assert pattern_fits("old*" + "-*" * 40, "OLD SERVER " + "-" * 40)
    assert not pattern_fits("old*" + "-*" * 41, "OLD SERVER " + "-" * 40)


@given(st.text("ab-*", max_size=12), st.text("ab-", max_size=12))
def test_a_pattern_fits_what_the_expression_of_it_fits(pattern: str, name: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert glob_fits(("*" + pattern).split("*"), name) is (re.fullmatch(".*" + expression, name) is not None)
    if "*" in pattern:
        assert pattern_fits(pattern, name) is (re.fullmatch(expression, name) is not None)


ALIKE = [
    ("North–West Ltd", "North-West"),
    ("North—West Ltd", "north‑west"),
    ("NORTH−WEST", "North－West"),
    ("O’Brien & Sons", "o'brien"),
    ("O´Brien", "O`Brien"),
    ("Oʼbrien", "O′BRIEN"),
    ("The “Blue” Co", 'the "blue" co'),
    ("«Rossiya» AO", "„rossiya“"),
    ("Acme\u00a0Corp", "acme corp"),
    ("Acme\u3000 Corp\u2003", " acme corp"),
    ("Ac\u200bme Corp", "acme"),
    ("Cafe\u0301", "CAFÉ"),
    ("Å", "å"),
    ("STRASSE", "Straße"),
    ("İSTANBUL", "istanbul"),
    ("Isparta", "ısparta"),
    ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    ("ＡＣＭＥ１", "acme1"),
    ("ﬁler", "FILER"),
    ("می\u200cخواهم", "میخواهم"),
]


@pytest.mark.parametrize(("stored", "typed"), ALIKE)
def test_a_name_fits_however_its_signs_are_written(stored: str, typed: str) -> None:
    assert folded(typed) in folded(stored)
    assert pattern_fits(typed, stored)
    assert pattern_fits(typed + "*", stored)
    item = task(name=stored, tenant=replace(ACME, name=stored))
    assert TaskQuery(names=(NameFilter(NameField.MACHINE, (typed,)),)).admits(item)
    assert TaskQuery(names=(NameFilter(NameField.TENANT, (stored,)),)).admits(
        task(tenant=replace(ACME, name=typed + stored))
    )


@pytest.mark.parametrize(
    "typed", ['tenant "North-West"', "tenant North-West", "tenant North–West", "tenant North—West"]
)
def test_a_route_fits_whatever_dash_is_typed(typed: str) -> None:
    match = parse_match(f"failed {typed}")
    assert match.names == (NameFilter(NameField.TENANT, match.names[0].patterns),)
    assert all(pattern_fits(pattern, "North–West Ltd") for pattern in match.names[0].patterns)


@pytest.mark.parametrize("other", ["Acme Corp", "Cafe", "North West", "Acme-Corp", "1-2"])
def test_what_is_written_otherwise_is_another_name(other: str) -> None:
    assert not any(folded(other) == folded(name) for name in ("AcmeCorp", "Café", "NorthWest", "Acme Corp.", "12"))


@pytest.mark.parametrize(
    "hours", ["22:00-07:00", "22:00–07:00", "22:00 — 07:00", "22:00−07:00", "22：00‑07：00", "22:00 ﹣ 07:00"]
)
def test_quiet_hours_have_any_dash(hours: str) -> None:
    start, end = _hours(hours)
    assert (start.hour, end.hour) == (22, 7)


@given(st.text(max_size=20))
def test_a_folded_name_is_folded_already(name: str) -> None:
    once = folded(name)
    assert folded(once) == once
    assert folded(cleaned(name)) == once


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_tower_of_marks_is_not_put_in_order(form: Any) -> None:
    """To order marks takes the square of how many follow each other."""
    tower = "a" + "\u0315\u0300" * 1_500
    assert len(composed(tower, form)) <= 32
    assert len(folded(tower)) <= 32
    assert len(read(tower).word(0)) <= 32
    assert composed("e\u0301", form) == "é"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("storage full", "Backup storage is full.", True),
        ("full disk", "A disk is full: one of the machine, or the one that backups go to.", True),
        ("storage full", "backup-storage-full", True),
        ("no room", "Windows has no room left for the snapshot.", True),
        ("no consent", "Nothing is known of a consent.", False),
        ("storage", "Backup storage is full.", True),
        ("torage is fu", "Backup storage is full.", True),
        ("torage full", "Backup storage is full.", False),
        ("storage*full", "Backup storage is full.", False),
        ("*storage*full*", "Backup storage is full.", True),
        ("storage network", "Backup storage is full.", False),
    ],
)
def test_the_words_of_a_cause_fit_in_any_order(pattern: str, text: str, *, fits: bool) -> None:
    assert words_fit(pattern, text) is fits
    assert NameFilter(NameField.CAUSE, (pattern,)).fits(text) is fits
