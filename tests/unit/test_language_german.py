"""German words stand for words of the language, wherever no name has them. The phrases stand in `phrases_more.tsv`."""

import pytest

from bot.errors import UsageError
from bot.language import KnownNames, parse
from bot.language.german import GERMAN
from bot.language.table import ALONE, BY_WORDS, FILLERS_OF_MORE, LEAD_WORDS, LEADS_ALERTS, PASSED
from bot.language.times import TIME_WORDS
from bot.model import NameField
from tests.typed_phrases import BERLIN, NAMES, NOW, VERBS


def test_no_german_word_is_a_word_of_the_language_already() -> None:
    known = {*BY_WORDS, *LEAD_WORDS, *PASSED, *FILLERS_OF_MORE, *LEADS_ALERTS, *ALONE, *TIME_WORDS}
    assert sorted(set(map(" ".join, GERMAN)) & known) == []


def test_a_known_name_keeps_its_german_words() -> None:
    names = KnownNames({**NAMES, NameField.TENANT: ("Montag & Sohn", "Gestern GmbH")})
    for typed, wanted in (("Fehler Montag & Sohn", "Montag & Sohn"), ("gestern gmbh fehler", "Gestern GmbH")):
        found = parse(typed, NOW, BERLIN, VERBS, names).query
        assert found is not None
        assert found.names[0].wholes == (wanted,)
        assert found.time_is_default
    quoted = parse('fehler tenant "Montag"', NOW, BERLIN, VERBS, names).query
    assert quoted is not None
    assert quoted.names[0].patterns == ("Montag",)


def test_english_words_that_are_german_too_stay_english_in_an_english_question() -> None:
    def query(text: str) -> object:
        return parse(text, NOW, BERLIN, VERBS).query

    assert query("failed since 6 am") == query("failed since 06:00")
    assert query("what was running") == query("running")


def test_an_error_in_a_german_question_marks_what_was_typed() -> None:
    with pytest.raises(UsageError) as raised:
        parse("fehler xyzzy gestern", NOW, BERLIN, VERBS)
    error = raised.value
    assert error.text[error.offset : error.offset + error.length] == "xyzzy"


@pytest.mark.parametrize("word", ["vor ", "montag ", "vor 3 tagen ", "mo-fr ", "heute morgen "])
def test_german_without_end_is_an_answer_or_an_error(word: str) -> None:
    with pytest.raises(UsageError):
        parse(word * (3_000 // len(word)), NOW, BERLIN, VERBS)
