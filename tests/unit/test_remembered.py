"""What is remembered while a reading lasts, and forgotten where it is much."""

from bot.acronis import convert
from bot.model.remembered import MUCH, forget, remembered


def test_little_is_remembered_from_reading_to_reading_and_much_is_forgotten() -> None:
    asked: list[int] = []

    @remembered
    def doubled(number: int) -> int:
        asked.append(number)
        return 2 * number

    assert [doubled(1), doubled(1)] == [2, 2]
    forget()
    assert (doubled(1), asked) == (2, [1])
    for number in range(MUCH + 1):
        doubled(number)
    assert doubled.cache_info().currsize > MUCH
    forget()
    assert doubled.cache_info().currsize == 0


def test_what_tasks_are_called_is_forgotten_with_it() -> None:
    for number in range(MUCH + 1):
        convert._naming(f"SRV-{number}")
    forget()
    assert convert._naming.cache_info().currsize == 0
