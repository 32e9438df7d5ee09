"""What tired people type means what the tables of phrases say, row by row."""

import pytest

from tests.typed_phrases import Row, rows, wrong

PHRASES = rows("phrases.tsv")
MORE = rows("phrases_more.tsv")


def test_the_table_is_whole() -> None:
    assert len(PHRASES) == 175
    assert len(MORE) >= 200


@pytest.mark.parametrize("row", [*PHRASES, *MORE], ids=[row.typed for row in (*PHRASES, *MORE)])
def test_a_phrase_means_what_the_table_says(row: Row) -> None:
    assert wrong(row) == ""
