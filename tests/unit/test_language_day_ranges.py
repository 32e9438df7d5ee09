"""Days of one month that are named with it once."""

import pytest

from bot.language.day_ranges import with_months
from bot.language.sentence import read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("20-22 nov", "20 nov to 22 nov"),
        ("failed 20-22 of november acme", "failed 20 november to 22 november acme"),
        ("nov 20 to 22", "20 nov to 22 nov"),
        ("nov 20 - 22 2025", "20 nov 2025 to 22 nov 2025"),
        ("between 1st and 15th november 2025", "between 1 november 2025 and 15 november 2025"),
        ("20.-22.11.", "20 november to 22 november"),
        ("20. - 22.11.25", "20 november 2025 to 22 november 2025"),
        ("20.-22.13.", "20.-22.13"),
        ("22-20 nov", "22-20 nov"),
        ("1-32 nov", "1-32 nov"),
        ("0-3 nov", "0-3 nov"),
        ("20 to 22", "20 to 22"),
        ("nov", "nov"),
        ("20 and 25 nov", "20 nov and 25 nov"),
        ("10-12", "10-12"),
        ("20 nov to 22 nov", "20 nov to 22 nov"),
    ],
)
def test_the_month_is_put_beside_both_days(typed: str, said: str) -> None:
    found = with_months(read(typed))
    assert " ".join(token.word for token in found.tokens) == said


def test_what_is_put_there_stands_where_the_days_were_typed() -> None:
    found = with_months(read("failed 20-22 nov today"))
    assert {found.text[token.offset :][: token.length] for token in found.tokens} == {"failed", "20-22 nov", "today"}


def test_a_name_in_quotes_is_no_day() -> None:
    assert [token.name for token in with_months(read('nov "20-22"')).tokens] == ["", "20-22"]
